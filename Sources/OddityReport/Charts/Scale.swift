import Foundation

/// A linear map from values to places in a drawing.
struct Scale: Sendable {
  let domain: ClosedRange<Double>
  /// Where the domain's ends lie; the first may be the larger one, as on an axis that points up.
  let places: (Double, Double)

  /// - Returns: the place of a value; values outside the domain lie at its ends, as does what is not a number.
  func callAsFunction(_ value: Double) -> Double {
    let width = domain.upperBound - domain.lowerBound
    let inside = min(max(value.isNaN ? domain.lowerBound : value, domain.lowerBound), domain.upperBound)
    let share = width > 0 ? (inside - domain.lowerBound) / width : 0.5
    return places.0 + share * (places.1 - places.0)
  }
}

extension ClosedRange<Double> {
  /// The range of the finite values, widened by a share on either side; where all are equal, by a little around
  /// them; 0 to 1 where there are none.
  init(covering values: some Sequence<Double>, margin: Double = 0) {
    let finite = values.filter(\.isFinite)
    guard let least = finite.min(), let greatest = finite.max() else {
      self = 0...1
      return
    }
    let width = greatest / 2 - least / 2
    // Equal up to rounding: there is no room for ticks between them.
    let isFlat = width <= 1e-9 * Swift.max(abs(least), abs(greatest), 1e-300)
    let padding = isFlat ? Swift.max(abs(least) * 0.05, 1e-3) : 2 * width * margin
    self = Self.finite(least - padding)...Self.finite(greatest + padding)
  }

  private static func finite(_ value: Double) -> Double {
    Swift.min(Swift.max(value, -Double.greatestFiniteMagnitude / 4), Double.greatestFiniteMagnitude / 4)
  }
}

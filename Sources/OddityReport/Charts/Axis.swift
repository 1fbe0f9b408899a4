import Foundation

/// One side of a chart: what it measures, from where to where, and what is written at it.
struct Axis: Sendable {
  struct Tick: Sendable, Equatable {
    let value: Double
    let label: String
  }

  let title: String
  let domain: ClosedRange<Double>
  let ticks: [Tick]
}

extension Axis {
  /// An axis of numbers with round ones written at it.
  init(_ title: String, domain: ClosedRange<Double>, tickCount: Int = 5) {
    let step = Self.roundStep(domain, count: tickCount)
    let first = (domain.lowerBound / step - 1e-9).rounded(.up).clampedToInt
    let last = (domain.upperBound / step + 1e-9).rounded(.down).clampedToInt
    let ticks = first <= last && last - first <= 20 ? (first...last).map { Double($0) * step } : []
    self.init(
      title: title, domain: domain,
      ticks: ticks.map { Tick(value: $0, label: Self.label($0, step: step, in: domain)) })
  }

  /// An axis of places in a row, each with a label; where there are many, only some are written.
  init(_ title: String, places labels: [String], mostLabels: Int = 16) {
    let every = max(1, (labels.count + mostLabels - 1) / mostLabels)
    self.init(
      title: title, domain: -0.5...(Double(max(labels.count, 1)) - 0.5),
      ticks: stride(from: 0, to: labels.count, by: every).map { Tick(value: Double($0), label: labels[$0]) })
  }

  /// An axis of shares, from 0 to `upTo`.
  static func share(_ title: String, upTo: Double = 1) -> Axis { Axis(title, domain: 0...upTo) }

  /// 1, 2 or 5 times a power of ten that cuts the range into about so many steps.
  private static func roundStep(_ range: ClosedRange<Double>, count: Int) -> Double {
    let raw = (range.upperBound - range.lowerBound) / Double(count)
    guard raw.isFinite, raw > 0 else { return 1 }
    let power = pow(10, floor(log10(raw)))
    let factor = [1.0, 2, 5, 10].first { $0 * power >= raw * 0.999 } ?? 10
    return factor * power
  }

  /// With as many digits as tell neighbouring ticks apart.
  private static func label(_ value: Double, step: Double, in domain: ClosedRange<Double>) -> String {
    let greatest = max(abs(domain.lowerBound), abs(domain.upperBound))
    let decimals = max(0, Int((-log10(step) - 1e-9).rounded(.up)))
    let significant = max(1, Int(floor(log10(greatest)) - floor(log10(step) + 1e-9)) + 1)
    let isPlain = greatest < 1e6 && decimals <= 6
    let text = String(format: isPlain ? "%.\(decimals)f" : "%.\(significant)g", value)
    return text.hasPrefix("-") ? "−" + text.dropFirst() : text
  }
}

extension Double {
  /// The value, or the nearest that an integer can hold.
  fileprivate var clampedToInt: Int { Int(Swift.min(Swift.max(self, -4e18), 4e18)) }
}

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

import Foundation

/// One axis of a chart: what it measures, its range, and its labels.
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
  /// An axis of numbers with round numbers as labels.
  init(_ title: String, domain: ClosedRange<Double>, tickCount: Int = 5) {
    let step = Self.roundStep(domain, count: tickCount)
    let first = (domain.lowerBound / step - 1e-9).rounded(.up).clampedToInt
    let last = (domain.upperBound / step + 1e-9).rounded(.down).clampedToInt
    let ticks = first <= last && last - first <= 20 ? (first...last).map { Double($0) * step } : []
    self.init(
      title: title, domain: domain,
      ticks: ticks.map { Tick(value: $0, label: Self.label($0, step: step, in: domain)) })
  }

  /// An axis of positions in a row with one label each. If there are many, only some labels are shown.
  init(_ title: String, places labels: [String], mostLabels: Int = 16) {
    let every = max(1, (labels.count + mostLabels - 1) / mostLabels)
    self.init(
      title: title, domain: -0.5...(Double(max(labels.count, 1)) - 0.5),
      ticks: stride(from: 0, to: labels.count, by: every).map { Tick(value: Double($0), label: labels[$0]) })
  }

  /// An axis of shares, from 0 to `upTo`.
  static func share(_ title: String, upTo: Double = 1) -> Axis { Axis(title, domain: 0...upTo) }

  /// A step of 1, 2 or 5 times a power of ten that divides the range into about this many parts.
  private static func roundStep(_ range: ClosedRange<Double>, count: Int) -> Double {
    let raw = (range.upperBound - range.lowerBound) / Double(count)
    guard raw.isFinite, raw > 0 else { return 1 }
    let power = pow(10, floor(log10(raw)))
    let factor = [1.0, 2, 5, 10].first { $0 * power >= raw * 0.999 } ?? 10
    return factor * power
  }

  /// The number with enough digits to distinguish neighbouring ticks.
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
  /// The value, or the nearest one that an integer can hold.
  fileprivate var clampedToInt: Int { Int(Swift.min(Swift.max(self, -4e18), 4e18)) }
}

/// A linear map from values to coordinates in a drawing.
struct Scale: Sendable {
  let domain: ClosedRange<Double>
  /// The coordinates of the domain's ends. The first may be the larger one, as on an axis that points up.
  let places: (Double, Double)

  /// - Returns: the coordinate of a value. Values outside the domain, and values that are not numbers, are
  ///   placed at its ends.
  func callAsFunction(_ value: Double) -> Double {
    let width = domain.upperBound - domain.lowerBound
    let inside = min(max(value.isNaN ? domain.lowerBound : value, domain.lowerBound), domain.upperBound)
    let share = width > 0 ? (inside - domain.lowerBound) / width : 0.5
    return places.0 + share * (places.1 - places.0)
  }
}

extension ClosedRange<Double> {
  /// The range of the finite values, widened by a share on either side. If all are equal, it is widened a
  /// little. Without values it is 0 to 1.
  init(covering values: some Sequence<Double>, margin: Double = 0) {
    let finite = values.filter(\.isFinite)
    guard let least = finite.min(), let greatest = finite.max() else {
      self = 0...1
      return
    }
    let width = greatest / 2 - least / 2
    // Equal except for rounding, so there is no room for ticks between them.
    let isFlat = width <= 1e-9 * Swift.max(abs(least), abs(greatest), 1e-300)
    let padding = isFlat ? Swift.max(abs(least) * 0.05, 1e-3) : 2 * width * margin
    self = Self.finite(least - padding)...Self.finite(greatest + padding)
  }

  private static func finite(_ value: Double) -> Double {
    Swift.min(Swift.max(value, -Double.greatestFiniteMagnitude / 4), Double.greatestFiniteMagnitude / 4)
  }
}

import Oddity

/// Where the values of a sample lie: their mean and the middle 80 %.
struct Spread: Sendable, Equatable {
  let mean: Double
  /// The 10 % and 90 % quantiles.
  let lower: Double
  let upper: Double

  /// Of the finite values; NaN where there are none.
  init(_ values: [Float]) {
    let sorted = values.filter(\.isFinite).sorted()
    mean = sorted.reduce(0) { $0 + Double($1) } / Double(sorted.count)
    lower = sorted.quantileOfSorted(0.1)
    upper = sorted.quantileOfSorted(0.9)
  }

  /// Of values of which only the mean is known.
  init(mean: Double) {
    self.init(mean: mean, lower: .nan, upper: .nan)
  }

  private init(mean: Double, lower: Double, upper: Double) {
    (self.mean, self.lower, self.upper) = (mean, lower, upper)
  }

  /// The same in units of another sample's mean.
  func divided(by unit: Double) -> Spread {
    Spread(mean: mean / unit, lower: lower / unit, upper: upper / unit)
  }
}

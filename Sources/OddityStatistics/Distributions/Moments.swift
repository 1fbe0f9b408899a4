/// Mean and spread of a sample.
package enum Moments {
  /// The arithmetic mean; NaN of no values.
  package static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  /// The standard error of the mean, `sd / √n` with n − 1 in the variance; NaN of fewer than two values.
  package static func standardErrorOfMean(_ values: [Double]) -> Double {
    guard values.count > 1 else { return .nan }
    let center = mean(values)
    let squares = values.reduce(0) { $0 + ($1 - center) * ($1 - center) }
    return (squares / Double(values.count - 1) / Double(values.count)).squareRoot()
  }
}

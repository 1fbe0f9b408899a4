extension Array where Element: BinaryFloatingPoint {
  /// A quantile of values in ascending order; NaN of none.
  ///
  /// Between two values it is interpolated, `x_⌊h⌋ + (h − ⌊h⌋)(x_⌊h⌋₊₁ − x_⌊h⌋)` at h = (n − 1)·p of the values from x_0,
  /// as `numpy.quantile` does (definition 7 of Hyndman & Fan, The American Statistician 50, 1996).
  package func quantileOfSorted(_ share: Double) -> Double {
    guard !isEmpty else { return .nan }
    let place = Double(count - 1) * share
    let (lower, rest) = (Int(place), place - place.rounded(.down))
    let (low, high) = (Double(self[lower]), Double(self[Swift.min(lower + 1, count - 1)]))
    return low + rest * (high - low)
  }
}

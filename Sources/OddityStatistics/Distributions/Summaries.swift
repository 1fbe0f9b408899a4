/// Mean and spread of a sample.
package enum Moments {
  /// The arithmetic mean; NaN without values.
  package static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  /// The standard deviation of these values, with n in the variance, around their mean.
  package static func deviation(_ values: [Double], around mean: Double) -> Double {
    (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
  }

  /// The standard error of the mean, `sd / √n` with n − 1 in the variance; NaN for fewer than two values.
  package static func standardErrorOfMean(_ values: [Double]) -> Double {
    guard values.count > 1 else { return .nan }
    let center = mean(values)
    let squares = values.reduce(0) { $0 + ($1 - center) * ($1 - center) }
    return (squares / Double(values.count - 1) / Double(values.count)).squareRoot()
  }
}

extension Array where Element: BinaryFloatingPoint {
  /// A quantile of values in ascending order; NaN without values.
  ///
  /// It is interpolated between two values, `x_⌊h⌋ + (h − ⌊h⌋)(x_⌊h⌋₊₁ − x_⌊h⌋)` at h = (n − 1)·p, counted
  /// from x_0, as in `numpy.quantile` (definition 7 of Hyndman & Fan, The American Statistician 50, 1996).
  package func quantileOfSorted(_ share: Double) -> Double {
    guard !isEmpty else { return .nan }
    let place = Double(count - 1) * share
    let (lower, rest) = (Int(place), place - place.rounded(.down))
    let (low, high) = (Double(self[lower]), Double(self[Swift.min(lower + 1, count - 1)]))
    return low + rest * (high - low)
  }
}

extension Array {
  /// The number of leading elements that satisfy `belongs`, in an array in which all such elements come
  /// first.
  package func partitionPoint(where belongs: (Element) -> Bool) -> Int {
    var (lower, upper) = (0, count)
    while lower < upper {
      let middle = (lower + upper) / 2
      if belongs(self[middle]) { lower = middle + 1 } else { upper = middle }
    }
    return lower
  }
}

/// The agreement of two orders.
package enum RankCorrelation {
  /// Spearman's ρ: Pearson's correlation of the two lists' ranks. Equal values share the mean of their ranks.
  ///
  /// Agrees with `scipy.stats.spearmanr`. Infinities are ranked as they compare.
  ///
  /// - Parameters:
  ///   - first: one value for each item.
  ///   - second: the other value of the same items, in the same order.
  /// - Returns: ρ in [−1, 1], or nil if it is undefined: for fewer than two items, a constant list, or a NaN.
  package static func spearman(_ first: [Double], _ second: [Double]) -> Double? {
    precondition(first.count == second.count, "values come in pairs")
    guard !(first + second).contains(where: \.isNaN) else { return nil }
    return pearson(ranks(first), ranks(second))
  }

  /// Ranks from 1 in ascending order. Equal values share the mean of their ranks.
  static func ranks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = Array(repeating: 0.0, count: values.count)
    var start = 0
    while start < order.count {
      let value = values[order[start]]
      let end = order[start...].firstIndex { values[$0] != value } ?? order.count
      // The mean of the ranks start + 1 … end.
      for position in start..<end { ranks[order[position]] = Double(start + 1 + end) / 2 }
      start = end
    }
    return ranks
  }

  /// Ranks are multiples of ½ and their mean is (n + 1) / 2, so the sums are exact.
  private static func pearson(_ first: [Double], _ second: [Double]) -> Double? {
    let center = Double(first.count + 1) / 2
    let pairs = zip(first, second).map { ($0 - center, $1 - center) }
    let squares = (pairs.reduce(0) { $0 + $1.0 * $1.0 }, pairs.reduce(0) { $0 + $1.1 * $1.1 })
    guard squares.0 > 0, squares.1 > 0 else { return nil }
    return pairs.reduce(0) { $0 + $1.0 * $1.1 } / (squares.0 * squares.1).squareRoot()
  }
}

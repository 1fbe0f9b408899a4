import OddityClassifier
import ONNXGraph

extension FittedScore {
  /// The mean of several scores, each mapped through its distribution function on the select part.
  ///
  /// - Parameter select: the scores of the select part, for each component.
  package static func ensemble(of components: [FittedScore], select: [[Float]]) throws(OddityError)
    -> FittedScore
  {
    let distributions = try select.map { scores throws(OddityError) in try DistributionFunction(scores) }
    return FittedScore(["components": .number(Double(components.count))]) { x in
      let shares = zip(components, distributions).map { $1($0.score(x)) }
      return shares.dropFirst().reduce(shares[0], +) / Double(components.count)
    }
  }
}

/// A score's distribution function, piecewise linear.
///
/// `F(s)` is the empirical distribution function of n select scores. It is (r − ½)/n at the r-th of them (for
/// equal scores, the mean of their ranks) and linear in between. Below the smallest score it continues as
/// `F_min − ½(v_min − s)/(v_median − v_min)`, so that strong outliers do not tie. Above the largest it rises
/// by `½(s − v_max)/(v_max − v_median)/n`. A distance of zero counts as one.
struct DistributionFunction: Sendable {
  /// The points where pieces meet, ascending: the distinct scores.
  let knots: [Float]
  /// F at each knot.
  let values: [Double]
  private let slopeBelow: Double
  private let slopeAbove: Double

  /// - Throws: ``OddityError`` `.badData` if there is no score, or if one is not finite.
  init(_ scores: [Float]) throws(OddityError) {
    guard !scores.isEmpty, scores.allSatisfy(\.isFinite) else {
      throw OddityError(
        .badData,
        "an ensemble needs finite scores on the select part, but there are no scores or some are not finite")
    }
    let sorted = scores.sorted()
    let n = Double(sorted.count)
    var knots: [Float] = []
    var values: [Double] = []
    var start = 0
    while start < sorted.count {
      let end = sorted[start...].firstIndex { $0 != sorted[start] } ?? sorted.count
      knots.append(sorted[start])
      // The mean of the ranks start + 1 … end, minus one half.
      values.append(Double(start + end) / 2 / n)
      start = end
    }
    let median = sorted.quantileOfSorted(0.5)
    func distance(_ value: Double) -> Double { value > 0 ? value : 1 }
    slopeBelow = 0.5 / distance(median - Double(sorted[0]))
    slopeAbove = 0.5 / distance(Double(sorted[sorted.count - 1]) - median) / n
    (self.knots, self.values) = (knots, values)
  }

  /// F of a score, float32 [N].
  ///
  /// The piece is found by counting the knots at or below the score. For each piece the table holds its
  /// start, its value there and its slope.
  func callAsFunction(_ score: Tensor) -> Tensor {
    let pieces = self.pieces
    let piece = Tensor(pieces, dims: [pieces.count / 3, 3]).rows(at: score.countAtMost(knots))
    let distance = score.column() - piece.columns(0..<1)
    return (piece.columns(1..<2) + distance * piece.columns(2..<3)).flattened()
  }

  /// Start, value and slope of each piece: below the first knot, and after each knot.
  private var pieces: [Float] {
    let inner = knots.indices.dropLast().flatMap { index -> [Float] in
      let slope = (values[index + 1] - values[index]) / (Double(knots[index + 1]) - Double(knots[index]))
      return [knots[index], Float(values[index]), Float(slope)]
    }
    let last = knots.count - 1
    return [knots[0], Float(values[0]), Float(slopeBelow)] + inner
      + [knots[last], Float(values[last]), Float(slopeAbove)]
  }
}

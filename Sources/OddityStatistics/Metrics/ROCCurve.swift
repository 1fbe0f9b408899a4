import OddityFiles

/// The receiver operating characteristic of a score. ID is the positive class, as in ``DetectionMetrics``.
public struct ROCCurve: Sendable, Equatable {
  /// The rates of one threshold.
  public struct Point: Sendable, Equatable {
    /// The share of OOD images at or above the threshold.
    public let falsePositiveRate: Double
    /// The share of ID images at or above the threshold.
    public let truePositiveRate: Double

    public init(falsePositiveRate: Double, truePositiveRate: Double) {
      self.falsePositiveRate = falsePositiveRate
      self.truePositiveRate = truePositiveRate
    }
  }

  /// From (0, 0) to (1, 1), one point for each distinct score:
  /// `roc_curve(drop_intermediate=False)` of scikit-learn.
  public let points: [Point]

  /// - Throws: `OddityError.badData` if a set is empty or a score is NaN. Infinities are allowed.
  public init<Value: BinaryFloatingPoint>(
    inDistribution: [Value], outOfDistribution: [Value]
  ) throws(OddityError) {
    let merged = try ScoreGroups(inDistribution: inDistribution, outOfDistribution: outOfDistribution)
    var (kept, accepted) = (0, 0)
    var points = [Point(falsePositiveRate: 0, truePositiveRate: 0)]
    for group in merged.groups {
      kept += group.inDistribution
      accepted += group.outOfDistribution
      points.append(
        Point(
          falsePositiveRate: Double(accepted) / Double(merged.outOfDistributionCount),
          truePositiveRate: Double(kept) / Double(merged.inDistributionCount)))
    }
    self.points = points
  }

  private init(points: [Point]) {
    self.points = points
  }

  /// The same curve for drawing. A point is left out if it is within `1/steps` of the last kept point in both
  /// rates, so that at most about 2·steps points remain. The ends are kept.
  public func thinned(steps: Int) -> ROCCurve {
    guard let first = points.first, let last = points.last, points.count > 2 else { return self }
    var kept = [first]
    for point in points.dropFirst().dropLast() {
      let previous = kept[kept.count - 1]
      let moved = max(
        point.falsePositiveRate - previous.falsePositiveRate,
        point.truePositiveRate - previous.truePositiveRate)
      if moved * Double(steps) >= 1 { kept.append(point) }
    }
    return ROCCurve(points: kept + [last])
  }
}

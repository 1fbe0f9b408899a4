import OddityFiles

/// One method's scores of the images that methods are compared on; higher scores are more in-distribution.
public struct MethodScores: Sendable {
  /// What tables call the method.
  public let name: String
  /// One score for each ID image.
  public let inDistribution: [Float]
  /// For each OOD set, one score for each of its images.
  public let outOfDistribution: [[Float]]

  public init(name: String, inDistribution: [Float], outOfDistribution: [[Float]]) {
    self.name = name
    self.inDistribution = inDistribution
    self.outOfDistribution = outOfDistribution
  }

  /// How well the score tells ID from each OOD set.
  ///
  /// - Parameter sets: the OOD sets' names.
  /// - Throws: ``OddityError`` `.badData` naming method and set where a set is empty or a score is NaN.
  package func metrics(sets: [String]) throws(OddityError) -> [MetricValues] {
    precondition(sets.count == outOfDistribution.count, "scores of every set")
    var metrics: [MetricValues] = []
    for (set, scores) in zip(sets, outOfDistribution) {
      do {
        metrics.append(
          MetricValues(try DetectionMetrics(inDistribution: inDistribution, outOfDistribution: scores)))
      } catch {
        throw OddityError(error.code, "\(name) on \(set): \(error.message)", underlying: error)
      }
    }
    return metrics
  }
}

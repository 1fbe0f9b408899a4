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
  /// - Throws: ``OddityError`` `.badData` naming the method where a set is empty or a score is NaN.
  func metrics() throws(OddityError) -> [MetricValues] {
    var metrics: [MetricValues] = []
    for scores in outOfDistribution {
      do {
        metrics.append(
          MetricValues(try DetectionMetrics(inDistribution: inDistribution, outOfDistribution: scores)))
      } catch {
        throw OddityError(error.code, "\(name): \(error.message)", underlying: error)
      }
    }
    return metrics
  }
}

import ONNXGraph

/// `⟨z, μ_ŷ⟩`, where μ are the class means of correctly classified in-distribution images (Zhang et al.,
/// *SHE*, ICLR 2023).
///
/// A class without such an image uses the mean of the images predicted as the class, or of all images.
struct SHE: Score {
  static let description = ScoreDescription(
    name: "she", summary: "inner product with the predicted class's mean", paper: "Zhang et al., ICLR 2023",
    fits: "class means of correctly classified images", networks: .features, sign: .signed())

  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [.features, .logits] }
  let statistics: Set<FitStatistic> = [.classMeans, .mean]

  func fitted(to data: FitData) throws -> FittedScore {
    let classes = data.classStatistics()
    let mean = try data.mean()
    let means = classes.reliable.means { classes.predicted.mean($0) ?? mean }
    return FittedScore(["labels": classes.source]) { x in x.features.dot(x.rowOfPredictedClass(means)) }
  }
}

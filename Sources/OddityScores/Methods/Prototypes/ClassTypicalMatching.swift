import ONNXGraph

/// `max_c cos(z, μ_c)`, where μ are the class means of z (Ngoc-Hieu et al., *Class Typical Matching*, 2023).
/// A class without images is left out.
struct ClassTypicalMatching: Score {
  static let description = ScoreDescription(
    name: "ctm", summary: "largest cosine with a class's mean", paper: "Ngoc-Hieu et al., 2023",
    fits: "class means", networks: .features, sign: .signed())

  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [.features, .logits] }
  let statistics: Set<FitStatistic> = [.classMeans]

  func fitted(to data: FitData) -> FittedScore {
    let classes = data.classStatistics()
    let directions = classes.labelled.means.compactMap(\.self).map { mean in
      let length = max(mean.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-12)
      return mean.map { $0 / length }
    }
    return FittedScore(["labels": classes.source, "classes": .number(Double(directions.count))]) { x in
      x.features.normalised().projected(to: directions).max(axis: 1)
    }
  }
}

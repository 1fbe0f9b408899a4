/// Energy of `(Wz′ + b)·cos(μ_ŷ, z)` with `z′ = min(z∘mask_ŷ, t)`: the mask keeps the features whose weight for the
/// predicted class is at or above a percentile of them (Sun et al., 2024).
///
/// t is a percentile of z; the authors fix it at 1.6 and 0.8.
struct HIMPLoS: Score {
  static let description = ScoreDescription(
    name: "himplos", summary: "energy of the predicted class's important features, times their cosine",
    paper: "Sun et al., 2024", fits: "class means, t on a sample of z", networks: .linearHead,
    composition: .logits,
    parameters: [
      ScoreParameter(
        "p", "percentile of a class's weights, from which on features stay", standard: 60, range: 0...100),
      ScoreParameter("percentile", "of all activations, which gives t", standard: 90, range: 0...100),
    ])

  let taps: Set<Tap> = [.features, .logits]
  let statistics: Set<FitStatistic> = [.classMeans, .moments]
  private let maskPercentile: Double
  private let parameters: ScoreParameters

  init(_ parameters: ScoreParameters) {
    maskPercentile = parameters.number("p")
    self.parameters = parameters
  }

  func fitted(to data: FitData) throws -> any FittedScore {
    guard let head = data.head else { preconditionFailure("a linear head was asked for") }
    let classes = data.classStatistics()
    let mean = try data.mean()
    let masks = (0..<head.classes).flatMap { index in
      let row = head.row(index)
      let limit = row.sorted().quantileOfSorted(maskPercentile / 100)
      return row.map { Float(Double($0) >= limit ? 1 : 0) }
    }
    return Fitted(
      means: classes.labelled.means { _ in mean }, masks: masks,
      limit: try data.sample.features.upperLimit(parameters, "percentile", for: Self.description.name),
      source: classes.source)
  }

  private struct Fitted: FittedScore {
    let means: [[Double]]
    let masks: [Float]
    let limit: Double
    let source: ScoreState.Value

    var state: [String: ScoreState.Value] { ["t": .number(limit), "labels": source] }

    func append(to nodes: inout ScoreNodes) -> String {
      let features = nodes.features
      let mask = nodes.rowOfPredictedClass(masks, width: means[0].count)
      let masked = nodes.appendix.add("Mul", [features, mask])
      let kept = nodes.appendix.add("Min", [masked, nodes.number(limit)])
      let logits = nodes.logits(ofFeatures: kept)
      let mean = nodes.rowOfPredictedClass(means.flatMap { $0.map { Float($0) } }, width: means[0].count)
      let products = nodes.appendix.add("Mul", [nodes.normalised(features), nodes.normalised(mean)])
      let cosine = nodes.appendix.reduce(.sum, products, axes: [1], keep: true)
      return nodes.energy(nodes.appendix.add("Mul", [logits, cosine]))
    }
  }
}

import OddityClassifier
import ONNXGraph

/// Energy of `(Wz′ + b)·cos(μ_ŷ, z)` with `z′ = min(z∘mask_ŷ, t)`. The mask keeps the features whose weight
/// for the predicted class is at or above a percentile of these weights (Sun et al., 2024).
///
/// t is a percentile of z. The authors fix it at 1.6 and 0.8.
struct HIMPLoS: LinearHeadScore {
  static let description = ScoreDescription(
    name: "himplos", summary: "energy of the predicted class's important features, times their cosine",
    paper: "Sun et al., 2024", fits: "class means, t on a sample of z", networks: .linearHead,
    composition: .logits, sign: .signed(),
    parameters: [weightPercentile, percentile])
  private static let weightPercentile = Parameter<Double>(
    "p", "percentile of a class's weights, from which on features stay", default: 60, in: 0...100)
  private static let percentile = Parameter<Double>(
    "percentile", "of all activations, which gives t", default: 90, in: 0...100)

  let statistics: Set<FitStatistic> = [.classMeans, .mean]

  func fitted(to data: FitData, head: LinearHead) throws -> FittedScore {
    let classes = data.classStatistics()
    let mean = try data.mean()
    let masks = (0..<head.classes).flatMap { index in
      let row = head.row(index)
      let limit = row.sorted().quantileOfSorted(data.parameters[Self.weightPercentile] / 100)
      return row.map { Float(Double($0) >= limit ? 1 : 0) }
    }
    let means = classes.labelled.means { _ in mean }
    let limit = try data.sample.features.upperLimit(
      data.parameters, Self.percentile, for: Self.description.name)
    return FittedScore(["t": .number(limit), "labels": classes.source]) { x in
      let mask = x.rowOfPredictedClass(masks, width: head.features)
      let logits = head.logits(of: (x.features * mask).atMost(limit))
      let products = x.features.normalised() * x.rowOfPredictedClass(means).normalised()
      return x.energy(logits * products.sum(axis: 1, keep: true))
    }
  }
}

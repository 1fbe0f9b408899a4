import OddityClassifier
import ONNXGraph

/// Energy of `(W∘mask)z + b`. The mask keeps the entries of `mean(z)∘W` that are above a percentile of all
/// entries (Sun & Li, *DICE*, ECCV 2022).
struct DICE: LinearHeadScore {
  static let description = ScoreDescription(
    name: "dice", summary: "energy of a sparsified last layer", paper: "Sun & Li, ECCV 2022",
    fits: "the mask, from the mean of z", networks: .linearHead, composition: .logits,
    forms: .energies, sign: .energy,
    parameters: [percentile])
  private static let percentile = Parameter<Double>(
    "percentile", "of contributions, above which they stay", default: 90, in: 0...100)

  func fitted(to data: FitData, head: LinearHead) throws -> FittedScore {
    let nonNegative = NonNegativeFeatures(data)
    let mean = nonNegative.applied(to: data.sample.features).columnMeans(width: head.features)
    let contributions = head.weights.indices.map { Double(head.weights[$0]) * mean[$0 % head.features] }
    let sorted = contributions.sorted()
    guard !data.sample.features.isEmpty else {
      throw OddityError(.badData, "dice cannot learn, because the fit part has no image: pass more images")
    }
    let limit = sorted.quantileOfSorted(data.parameters[Self.percentile] / 100)
    let weights = zip(head.weights, contributions).map { $1 > limit ? $0 : 0 }
    let sparse = LinearHead(
      classes: head.classes, features: head.features, weights: weights, bias: head.bias)
    let kept = weights.count { $0 != 0 }
    return FittedScore(nonNegative.state(with: ["weights_kept": .number(Double(kept))])) { x in
      x.energy(sparse.logits(of: nonNegative.features(x)))
    }
  }
}

import OddityClassifier
import ONNXGraph

/// A score composed with FeatureNorm of the selected block, in the way that its description names.
enum SelectedNormComposition {
  static func fitted(_ score: any Score, to data: FitData) throws -> any FittedScore {
    switch type(of: score).description.composition {
    case .distance: return DividedByNorm(distance: try score.fitted(to: data), block: data.block)
    case .logits:
      let replacement = try NormReplacement(data)
      return OnReplacedFeatures(
        score: try score.fitted(to: replacement.applied(to: data)), replacement: replacement)
    case .vim:
      guard let score = score as? any PartlyComposed else {
        preconditionFailure("the composition 'vim' is that of a score of two parts")
      }
      let replacement = try NormReplacement(data)
      return try score.fitted(to: data, energyOn: replacement)
    case .none: preconditionFailure("asking for a composition that there is not is refused first")
    }
  }
}

/// A distance divided by FeatureNorm of the selected block: `S / (FeatureNorm + 1e-12)`.
private struct DividedByNorm: FittedScore {
  let distance: any FittedScore
  let block: Block

  var state: [String: ScoreState.Value] { distance.state }

  func score(_ x: ScoreInputs) -> Tensor {
    distance.score(x) / (x[.featureNorm(block)].flattened() + 1e-12)
  }
}

/// A score on replaced features and logits.
private struct OnReplacedFeatures: FittedScore {
  let score: any FittedScore
  let replacement: NormReplacement

  var state: [String: ScoreState.Value] {
    score.state.merging(["norm_scale": .number(replacement.scale)]) { own, _ in own }
  }

  func score(_ x: ScoreInputs) -> Tensor { score.score(replacement.applied(to: x)) }
}

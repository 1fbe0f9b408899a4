import OddityClassifier
import ONNXGraph

/// A score composed with FeatureNorm of the selected block, in the way that its description names.
enum SelectedNormComposition {
  static func fitted(_ score: any Score, to data: FitData) throws -> FittedScore {
    switch type(of: score).description.composition {
    case .distance:
      let distance = try score.fitted(to: data)
      return FittedScore(distance.state) { [block = data.block] x in
        distance.score(x) / (x[.featureNorm(block)].flattened() + 1e-12)
      }
    case .logits:
      let replacement = try NormReplacement(data)
      let fitted = try score.fitted(to: replacement.applied(to: data))
      let state = fitted.state.merging(["norm_scale": .number(replacement.scale)]) { own, _ in own }
      return FittedScore(state) { x in fitted.score(replacement.applied(to: x)) }
    case .vim:
      guard let score = score as? ViM else {
        preconditionFailure("the composition 'vim' is that of one score")
      }
      let replacement = try NormReplacement(data)
      return try score.fitted(to: data, energyOn: replacement)
    case .none: preconditionFailure("asking for a composition that there is not is refused first")
    }
  }
}

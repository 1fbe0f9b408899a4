import ONNXGraph

/// The largest logit (Hendrycks et al., ICML 2022).
struct MaximumLogit: Score, FittedScore {
  static let description = ScoreDescription(
    name: "maxlogit", summary: "the largest logit", paper: "Hendrycks et al., ICML 2022",
    composition: .logits, forms: .energies)

  let taps: Set<Tap> = [.logits]

  let parameters: ScoreParameters

  func fitted(to data: FitData) -> any FittedScore { self }

  func score(_ x: ScoreInputs) -> Tensor { x.logits.max(axis: 1) }
}

/// The largest logit (Hendrycks et al., ICML 2022).
struct MaximumLogit: Score, FittedScore {
  static let description = ScoreDescription(
    name: "maxlogit", summary: "the largest logit", paper: "Hendrycks et al., ICML 2022",
    composition: .logits, forms: .energies)

  let taps: Set<Tap> = [.logits]

  init(_ parameters: ScoreParameters) {}

  func fitted(to data: FitData) -> any FittedScore { self }

  func append(to nodes: inout ScoreNodes) -> String {
    let logits = nodes.logits
    return nodes.appendix.reduce(.max, logits, axes: [1])
  }
}

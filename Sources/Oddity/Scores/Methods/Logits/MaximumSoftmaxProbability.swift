/// The maximum softmax probability (Hendrycks & Gimpel, ICLR 2017), as its log-odds.
///
/// `log(p/(1−p)) = −logsumexp_{c≠ŷ}(l_c − l_ŷ)` ranks images as p does, but does not saturate: in
/// float32 a softmax is exactly 1 from margins near 20 on, which ties images that differ. Likewise of sigmoids: of labels
/// it is `max l`, the log-odds of the likeliest one, of a single logit `|l|`, those of the likelier of its two answers.
struct MaximumSoftmaxProbability: Score, FittedScore {
  static let description = ScoreDescription(
    name: "msp", summary: "the maximum probability, as log-odds",
    paper: "Hendrycks & Gimpel, ICLR 2017", composition: .logits, forms: .sureness)

  let taps: Set<Tap> = [.logits]

  init(_ parameters: ScoreParameters) {}

  func fitted(to data: FitData) -> any FittedScore { self }

  func append(to nodes: inout ScoreNodes) -> String {
    let logits = nodes.logits
    switch nodes.form {
    case .multiLabel: return nodes.appendix.reduce(.max, logits, axes: [1])
    case .oneLogit: return nodes.appendix.reshape(nodes.appendix.add("Abs", [logits]), to: [-1])
    case .softmax, .constant: return nodes.logOdds(logits)
    }
  }
}

extension ScoreNodes {
  /// `−logsumexp_{c≠ŷ}(l_c − l_ŷ)`, the log-odds of the largest softmax, for logits [N, C]: [N].
  mutating func logOdds(_ logits: String) -> String {
    let largest = appendix.reduce(.max, logits, axes: [1], keep: true)
    let margins = appendix.add("Sub", [logits, largest])
    let excluded = appendix.constant([-Float.infinity], dims: [1, 1])
    let isPredicted = isPredicted()
    let others = appendix.add("Where", [isPredicted, excluded, margins])
    let rest = appendix.logSumExp(others)
    return appendix.reshape(appendix.add("Neg", [rest]), to: [-1])
  }
}

/// `Σ p log p`, the negative entropy of the softmax.
///
/// p = 0 contributes 0: log-probabilities are finite, so exp(log p)·log p is.
struct Entropy: Score, FittedScore {
  static let description = ScoreDescription(
    name: "entropy", summary: "the negative entropy of the softmax", paper: "folklore", composition: .logits)

  let taps: Set<Tap> = [.logits]

  init(_ parameters: ScoreParameters) {}

  func fitted(to data: FitData) -> any FittedScore { self }

  func append(to nodes: inout ScoreNodes) -> String {
    let logits = nodes.logits
    let logProbabilities = nodes.logProbabilities(logits)
    let probabilities = nodes.appendix.add("Exp", [logProbabilities])
    let products = nodes.appendix.add("Mul", [probabilities, logProbabilities])
    return nodes.appendix.reduce(.sum, products, axes: [1])
  }
}

extension ScoreNodes {
  /// `log softmax(l)`, [N, C]; the maximum goes first, so that large logits cost no digits.
  mutating func logProbabilities(_ logits: String) -> String {
    let largest = appendix.reduce(.max, logits, axes: [1], keep: true)
    let margins = appendix.add("Sub", [logits, largest])
    let sum = appendix.reduce(.sum, appendix.add("Exp", [margins]), axes: [1], keep: true)
    return appendix.add("Sub", [margins, appendix.add("Log", [sum])])
  }
}

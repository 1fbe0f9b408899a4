/// `Σ p log p`, the negative entropy of the softmax; of labels that are there or not `Σ_c σ log σ + (1−σ) log(1−σ)`, that of
/// all of them, σ the sigmoid of l_c.
///
/// p = 0 contributes 0: log-probabilities are finite, so exp(log p)·log p is.
struct Entropy: Score, FittedScore {
  static let description = ScoreDescription(
    name: "entropy", summary: "the negative entropy of the probabilities", paper: "folklore",
    composition: .logits, forms: .sureness)

  let taps: Set<Tap> = [.logits]

  init(_ parameters: ScoreParameters) {}

  func fitted(to data: FitData) -> any FittedScore { self }

  func append(to nodes: inout ScoreNodes) -> String {
    let logits = nodes.logits
    guard nodes.form == .softmax else { return ofLabels(logits, in: &nodes) }
    let logProbabilities = nodes.logProbabilities(logits)
    let probabilities = nodes.appendix.add("Exp", [logProbabilities])
    let products = nodes.appendix.add("Mul", [probabilities, logProbabilities])
    return nodes.appendix.reduce(.sum, products, axes: [1])
  }

  private func ofLabels(_ logits: String, in nodes: inout ScoreNodes) -> String {
    let logs = nodes.labelLogProbabilities(logits)
    let terms = [logs.likelier, logs.other].map { log in
      nodes.appendix.add("Mul", [nodes.appendix.add("Exp", [log]), log])
    }
    return nodes.appendix.reduce(.sum, nodes.appendix.add("Add", terms), axes: [1])
  }
}

extension ScoreNodes {
  /// Of each label the logarithms of the larger of σ and 1 − σ, `−log(1 + exp(−|l|))`, and of the smaller, |l| less; [N, C].
  mutating func labelLogProbabilities(_ logits: String) -> (likelier: String, other: String) {
    let likelier = appendix.add("Neg", [appendix.logOfOnePlus(appendix.exponentialOfMinusSize(logits))])
    return (likelier, appendix.add("Sub", [likelier, appendix.add("Abs", [logits])]))
  }

  /// `log softmax(l)`, [N, C]; the maximum goes first, so that large logits cost no digits.
  mutating func logProbabilities(_ logits: String) -> String {
    let largest = appendix.reduce(.max, logits, axes: [1], keep: true)
    let margins = appendix.add("Sub", [logits, largest])
    let sum = appendix.reduce(.sum, appendix.add("Exp", [margins]), axes: [1], keep: true)
    return appendix.add("Sub", [margins, appendix.add("Log", [sum])])
  }
}

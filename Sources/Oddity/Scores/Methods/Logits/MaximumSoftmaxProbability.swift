/// The maximum softmax probability (Hendrycks & Gimpel, ICLR 2017), as its log-odds.
///
/// `log(p/(1−p)) = −logsumexp_{c≠ŷ}(l_c − l_ŷ)` ranks images as p does, but does not saturate: in
/// float32 a softmax is exactly 1 from margins near 20 on, which ties images that differ.
struct MaximumSoftmaxProbability: Score, FittedScore {
  static let description = ScoreDescription(
    name: "msp", summary: "the maximum softmax probability, as log-odds",
    paper: "Hendrycks & Gimpel, ICLR 2017", composition: .logits)

  let taps: Set<Tap> = [.logits]

  init(_ parameters: ScoreParameters) {}

  func fitted(to data: FitData) throws -> any FittedScore {
    guard data.classes > 1 else {
      throw OddityError(
        .usage, "msp needs at least two classes, and the classifier has \(data.classes): choose another score"
      )
    }
    return self
  }

  func append(to nodes: inout ScoreNodes) -> String {
    let logits = nodes.logits
    return nodes.logOdds(logits)
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

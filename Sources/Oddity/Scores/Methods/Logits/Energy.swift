/// `T·logsumexp(l/T)`, the negative free energy (Liu et al., NeurIPS 2020, eq. 4).
struct Energy: Score, FittedScore {
  static let description = ScoreDescription(
    name: "energy", summary: "log-sum-exp of the logits, the negative free energy",
    paper: "Liu et al., NeurIPS 2020", composition: .logits,
    parameters: [
      ScoreParameter(
        "T", "temperature", standard: 1, range: 0...Double.greatestFiniteMagnitude, excluding: [0])
    ])

  let taps: Set<Tap> = [.logits]
  private let temperature: Double

  init(_ parameters: ScoreParameters) { temperature = parameters.number("T") }

  func fitted(to data: FitData) -> any FittedScore { self }

  func append(to nodes: inout ScoreNodes) -> String {
    let logits = nodes.logits
    guard temperature != 1 else { return nodes.energy(logits) }
    let temperature = nodes.number(self.temperature)
    let scaled = nodes.appendix.add("Div", [logits, temperature])
    let energy = nodes.appendix.logSumExp(scaled)
    return nodes.appendix.reshape(nodes.appendix.add("Mul", [energy, temperature]), to: [-1])
  }
}

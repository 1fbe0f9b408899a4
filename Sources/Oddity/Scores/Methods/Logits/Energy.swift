/// `T·logsumexp(l/T)`, the negative free energy (Liu et al., NeurIPS 2020, eq. 4); of labels that are there or not
/// `T·Σ softplus(l_c/T)`, the joint energy (Wang et al., NeurIPS 2021).
struct Energy: Score, FittedScore {
  static let description = ScoreDescription(
    name: "energy", summary: "log-sum-exp of the logits, the negative free energy",
    paper: "Liu et al., NeurIPS 2020", composition: .logits,
    forms: .energies,
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
    let energy = nodes.energy(scaled)
    return nodes.appendix.add("Mul", [energy, nodes.appendix.constant([Float(self.temperature)], dims: [1])])
  }
}

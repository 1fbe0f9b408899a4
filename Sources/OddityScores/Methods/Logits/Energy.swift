import ONNXGraph

/// `T·logsumexp(l/T)`, the negative free energy (Liu et al., NeurIPS 2020, eq. 4); of labels that are there or not
/// `T·Σ softplus(l_c/T)`, the joint energy (Wang et al., NeurIPS 2021).
struct Energy: CompleteScore {
  static let description = ScoreDescription(
    name: "energy", summary: "log-sum-exp of the logits, the negative free energy",
    paper: "Liu et al., NeurIPS 2020", composition: .logits,
    forms: .energies,
    parameters: [temperature])
  private static let temperature = Parameter<Double>("T", "temperature", default: 1, in: 0..., excluding: [0])

  let taps: Set<Tap> = [.logits]
  let parameters: ScoreParameters

  func score(_ x: ScoreInputs) -> Tensor {
    let temperature = parameters[Self.temperature]
    return temperature == 1 ? x.energy(x.logits) : x.energy(x.logits / temperature) * temperature
  }
}

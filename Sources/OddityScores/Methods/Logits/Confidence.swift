import ONNXGraph

/// The maximum softmax probability (Hendrycks & Gimpel, ICLR 2017), as its log-odds.
///
/// `log(p/(1−p)) = −logsumexp_{c≠ŷ}(l_c − l_ŷ)` ranks images as p does, but does not saturate. In float32, a
/// softmax is exactly 1 for margins above about 20, which gives ties between different images. The same
/// applies to sigmoids: for independent labels, the score is `max l`, the log-odds of the most likely label,
/// and for a single logit `|l|`, the log-odds of the more likely answer.
struct MaximumSoftmaxProbability: CompleteScore {
  static let description = ScoreDescription(
    name: "msp", summary: "the maximum probability, as log-odds",
    paper: "Hendrycks & Gimpel, ICLR 2017", composition: .logits, forms: .sureness,
    sign: .signed(positiveOn: [.oneLogit]))

  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [.logits] }

  func score(_ x: ScoreInputs, _: ScoreParameters) -> Tensor {
    switch x.form {
    case .multiLabel: x.logits.max(axis: 1)
    case .oneLogit: x.logits.abs().flattened()
    case .softmax, .constant: x.logOdds
    }
  }
}

extension ScoreInputs {
  /// `−logsumexp_{c≠ŷ}(l_c − l_ŷ)`, the log-odds of the largest softmax, [N].
  var logOdds: Tensor {
    let margins = logits - logits.max(axis: 1, keep: true)
    let others = isPredicted.choose(-.infinity, else: margins)
    return (-others.logSumExp(axes: [1])).flattened()
  }
}

/// The largest logit (Hendrycks et al., ICML 2022).
struct MaximumLogit: CompleteScore {
  static let description = ScoreDescription(
    name: "maxlogit", summary: "the largest logit", paper: "Hendrycks et al., ICML 2022",
    composition: .logits, forms: .energies, sign: .signed())

  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [.logits] }

  func score(_ x: ScoreInputs, _: ScoreParameters) -> Tensor { x.logits.max(axis: 1) }
}

/// `T·logsumexp(l/T)`, the negative free energy (Liu et al., NeurIPS 2020, eq. 4). For independent labels, it
/// is `T·Σ softplus(l_c/T)`, the joint energy (Wang et al., NeurIPS 2021).
struct Energy: CompleteScore {
  static let description = ScoreDescription(
    name: "energy", summary: "log-sum-exp of the logits, the negative free energy",
    paper: "Liu et al., NeurIPS 2020", composition: .logits,
    forms: .energies, sign: .energy,
    parameters: [temperature])
  private static let temperature = Parameter<Double>("T", "temperature", default: 1, in: 0..., excluding: [0])

  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [.logits] }

  func score(_ x: ScoreInputs, _ parameters: ScoreParameters) -> Tensor {
    let temperature = parameters[Self.temperature]
    return temperature == 1 ? x.energy(x.logits) : x.energy(x.logits / temperature) * temperature
  }
}

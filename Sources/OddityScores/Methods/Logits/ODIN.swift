import ONNXGraph

/// `max softmax(l(x′)/T)`, as log-odds above those of the uniform softmax, where x′ is a ``PerturbedImage``
/// (Liang et al., *ODIN*, ICLR 2018).
///
/// At ε = 0, x′ is the image itself, and ODIN is temperature scaling with a large T. Otherwise a backward and
/// a second forward pass are in the graph. If it is composed with the selected norm, z(x′) is replaced and
/// FeatureNorm stays that of x.
struct ODIN: Score {
  static let description = ScoreDescription(
    name: "odin", summary: "the maximum softmax probability at a high temperature, of a perturbed image",
    paper: "Liang et al., ICLR 2018", cost: "a backward pass and a second forward pass; none with epsilon 0",
    networks: .differentiable, composition: .logits, sign: .positive,
    parameters: [temperature, epsilon])
  private static let temperature = Parameter<Double>(
    "T", "temperature", default: 1000, in: 0..., excluding: [0])
  private static let epsilon = Parameter<Double>(
    "epsilon", "size of the perturbation, in units of [0, 1] pixels", default: 0.0014, in: 0...1)

  func taps(_ parameters: ScoreParameters) -> Set<Tap> {
    let image = Self.image(parameters)
    return image.epsilon > 0 ? [.logits, .perturbedLogits(image)] : [.logits]
  }

  private static func image(_ parameters: ScoreParameters) -> PerturbedImage {
    PerturbedImage(epsilon: parameters[epsilon], temperature: parameters[temperature])
  }

  func fitted(to data: FitData) -> FittedScore {
    let image = Self.image(data.parameters)
    let softmax = FittedScore.softmax(atTemperature: image.temperature)
    guard image.epsilon > 0 else { return softmax }
    let state = softmax.state.merging(["epsilon": .number(image.epsilon)]) { own, _ in own }
    return FittedScore(state) { x in softmax.score(x.perturbed(image)) }
  }
}

extension ScoreInputs {
  /// The inputs with the logits of a perturbed image. If features are replaced, these logits are replaced
  /// too.
  func perturbed(_ image: PerturbedImage) -> ScoreInputs {
    guard let replacement else { return replacing(logits: self[.perturbedLogits(image)]) }
    return replacement.applied(to: self, features: self[.perturbedFeatures(image)])
  }
}

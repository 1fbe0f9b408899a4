/// `max softmax(l(x′)/T)`, as log-odds above those of the uniform softmax, with x′ a ``PerturbedImage`` (Liang et al.,
/// *ODIN*, ICLR 2018).
///
/// At ε = 0, x′ is the image itself and ODIN is temperature scaling with a large T. Otherwise a backward and a second
/// forward pass are in the graph. Composed with the selected norm, z(x′) is replaced and FeatureNorm stays that of x.
struct ODIN: Score {
  static let description = ScoreDescription(
    name: "odin", summary: "the maximum softmax probability at a high temperature, of a perturbed image",
    paper: "Liang et al., ICLR 2018", cost: "a backward and a second forward pass; nothing at epsilon 0",
    networks: .differentiable, composition: .logits,
    parameters: [
      ScoreParameter(
        "T", "temperature", standard: 1000, range: 0...Double.greatestFiniteMagnitude, excluding: [0]),
      ScoreParameter(
        "epsilon", "size of the perturbation, in units of [0, 1] pixels", standard: 0.0014, range: 0...1),
    ])

  private let image: PerturbedImage

  init(_ parameters: ScoreParameters) {
    image = PerturbedImage(epsilon: parameters.number("epsilon"), temperature: parameters.number("T"))
  }

  var taps: Set<Tap> { image.epsilon > 0 ? [.logits, .perturbedLogits(image)] : [.logits] }

  func fitted(to data: FitData) -> any FittedScore {
    let softmax = SoftmaxAtTemperature(temperature: image.temperature)
    return image.epsilon > 0 ? Perturbed(softmax: softmax, image: image) : softmax
  }

  private struct Perturbed: FittedScore {
    let softmax: SoftmaxAtTemperature
    let image: PerturbedImage

    var state: [String: ScoreState.Value] {
      softmax.state.merging(["epsilon": .number(image.epsilon)]) { own, _ in own }
    }

    func append(to nodes: inout ScoreNodes) -> String {
      nodes.perturbed(image) { softmax.append(to: &$0) }
    }
  }
}

extension ScoreNodes {
  /// Appends with the logits of a perturbed image in place of the image's; replaced ones where features are replaced.
  mutating func perturbed(_ image: PerturbedImage, _ append: (inout ScoreNodes) -> String) -> String {
    guard let replacement else {
      let logits = tensor(of: .perturbedLogits(image))
      return replacing(features: nil, logits: logits, append)
    }
    let features = tensor(of: .perturbedFeatures(image))
    return replacement.append(features, to: &self, append)
  }
}

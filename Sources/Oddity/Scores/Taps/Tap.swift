import ONNXGraph

/// A vector per image that scores are computed from: all that a score sees of the classifier.
///
/// Taps are computed by the classifier's graph and nodes appended to it; a score is nodes over taps. So one forward
/// pass over the images gives the taps, and every score can be fitted and computed from them without another.
enum Tap: Hashable, Sendable {
  /// l, the logits, [N, C].
  case logits
  /// z, the penultimate features, [N, D].
  case features
  /// FeatureNorm of a block, [N, 1].
  case featureNorm(Block)
  /// l of a perturbed image, [N, C].
  case perturbedLogits(PerturbedImage)
  /// z of a perturbed image, [N, D].
  case perturbedFeatures(PerturbedImage)
  /// NAP of the pooled map, [N].
  case activationPrior
  /// Features pooled from the last map without its largest singular component, [N, D].
  case rankReducedFeatures(RankReduction)
  /// Maxima or minima of the last map's channels, [N, C].
  case channelExtreme(ChannelExtreme)
}

extension Tap {
  /// What a column of measurements is called.
  var name: String {
    switch self {
    case .logits: "logits"
    case .features: "features"
    case .featureNorm(let block): "featurenorm:\(block.tensor)"
    case .perturbedLogits(let image): "logits@\(image.epsilon)/\(image.temperature)"
    case .perturbedFeatures(let image): "features@\(image.epsilon)/\(image.temperature)"
    case .activationPrior: "nap"
    case .rankReducedFeatures(let reduction): "features-rank1:\(reduction.iterations)"
    case .channelExtreme(let extreme): "map-\(extreme.rawValue)"
    }
  }

  /// Floats for each image.
  func width(_ classifier: Classifier) -> Int {
    switch self {
    case .logits, .perturbedLogits: classifier.classes
    case .features, .perturbedFeatures, .rankReducedFeatures: classifier.featureCount ?? 0
    case .channelExtreme: classifier.pooledMap?.channels ?? 0
    case .featureNorm, .activationPrior: 1
    }
  }

  /// Appends what computes the tap to the classifier; float32 [N, width].
  ///
  /// - Throws: ``OddityError`` `.usage` where the gradient that a perturbed image needs cannot be built, and where there is
  ///   no pooled map.
  func append(to appendix: inout Appendix, of classifier: Classifier, std: PixelScale) throws -> String {
    switch self {
    case .logits: return appendix.rows(of: classifier.logitForm)
    case .features:
      let features = try features(of: classifier)
      return appendix.rows(of: features, in: features.tensor, classifier: classifier)
    case .featureNorm(let block):
      return FeatureNorm(block: block).append(to: &appendix, of: classifier.model)
    case .perturbedLogits(let image):
      let form = classifier.logitForm
      let logits = try appendix.perturbed(image, [form.tensor], of: classifier, std: std)[0]
      return form.dims.count == 1 ? logits : appendix.reshape(logits, to: [-1, form.classes])
    case .perturbedFeatures(let image):
      let features = try features(of: classifier)
      let tensor = try appendix.perturbed(image, [features.tensor], of: classifier, std: std)[0]
      return appendix.rows(of: features, in: tensor, classifier: classifier)
    case .activationPrior:
      return NeuralActivationPrior.append(
        of: try LastMap(classifier, in: &appendix), to: &appendix)
    case .rankReducedFeatures(let reduction):
      return reduction.append(of: try LastMap(classifier, in: &appendix), to: &appendix)
    case .channelExtreme(let extreme):
      let map = try LastMap(classifier, in: &appendix)
      return appendix.reduce(
        extreme == .maximum ? .max : .min, map.tensor, axes: map.layout.positionAxes)
    }
  }

  private func features(of classifier: Classifier) throws -> PenultimateFeatures {
    guard let features = classifier.features else { throw OddityError.noLinearHead(classifier) }
    return features
  }
}

extension Appendix {
  /// l in single precision, [N, C].
  mutating func rows(of logits: LogitTensor) -> String {
    let single = logits.type == .float ? logits.tensor : cast(logits.tensor, to: .float)
    return logits.dims.count == 1 ? single : reshape(single, to: [-1, logits.classes])
  }

  /// z as rows of single precision, [N, D]: averages over its positions where it is a map.
  fileprivate mutating func rows(
    of features: PenultimateFeatures, in tensor: String, classifier: Classifier
  ) -> String {
    let isSingle = !classifier.model.graph.hasOtherPrecision && features.type == .float
    let single = isSingle ? tensor : inSinglePrecision(tensor)
    let averaged =
      features.averagedAxes.isEmpty ? single : reduce(.mean, single, axes: features.averagedAxes)
    return reshape(averaged, to: [-1, features.count])
  }
}

extension Appendix {
  /// A tensor of another precision in float32.
  ///
  /// A cast right at the tensor would change where ONNX Runtime rounds within the classifier, and with it the
  /// classifier's outputs; behind an operator that it computes in single precision anyway, such as Neg, it does not.
  mutating func inSinglePrecision(_ tensor: String) -> String {
    let negated = cast(add("Neg", [tensor]), to: .float)
    return add("Neg", [negated])
  }
}

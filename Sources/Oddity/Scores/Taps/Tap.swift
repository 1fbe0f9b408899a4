import ONNXGraph

/// A vector per image that scores are computed from: all that a score sees of the classifier.
///
/// Taps are computed by the classifier's graph and nodes appended to it; a score is nodes over taps. So one forward
/// pass over the images gives the taps, and every score can be fitted and computed from them without another.
public enum Tap: Hashable, Sendable {
  /// l, the logits, [N, C].
  case logits
  /// z, the penultimate features, [N, D].
  case features
  /// FeatureNorm of a block, [N].
  case featureNorm(Block)
}

extension Tap {
  /// What a column of measurements is called.
  var name: String {
    switch self {
    case .logits: "logits"
    case .features: "features"
    case .featureNorm(let block): "featurenorm:\(block.tensor)"
    }
  }

  /// Floats for each image.
  func width(_ classifier: Classifier) -> Int {
    switch self {
    case .logits: classifier.classes
    case .features: classifier.featureCount ?? 0
    case .featureNorm: 1
    }
  }

  /// Appends what computes the tap to the classifier; float32 [N, width].
  func append(to appendix: inout Appendix, of classifier: Classifier) -> String {
    switch self {
    case .logits:
      return classifier.model.graph.hasOtherPrecision
        ? appendix.cast(classifier.head.logits, to: .float) : classifier.head.logits
    case .features:
      return appendix.features(of: classifier)
    case .featureNorm(let block):
      let norm = FeatureNorm(block: block).append(to: &appendix, of: classifier.model)
      return appendix.reshape(norm, to: [-1, 1])
    }
  }
}

extension Appendix {
  /// The penultimate features as rows, [N, D], in single precision.
  fileprivate mutating func features(of classifier: Classifier) -> String {
    guard let tensor = classifier.head.features, let count = classifier.featureCount else {
      preconditionFailure("scores of classifiers without a linear head are refused first")
    }
    return reshape(
      classifier.model.graph.hasOtherPrecision ? inSinglePrecision(tensor) : tensor, to: [-1, count])
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

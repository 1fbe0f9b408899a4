import ONNXGraph

/// A detector's score: nodes that compute one float per image from tensors of the classifier.
///
/// Higher is more in-distribution. The engine computes every score, so that it costs what the forward
/// pass costs and every detector can be exported.
public protocol Score: Sendable {
  /// The name by which commands, metadata and outputs know the score.
  static var name: String { get }

  /// Appends the score's nodes and returns the tensor that holds it, float32 [N].
  func append(to appendix: inout Appendix, of classifier: Classifier) -> String
}

/// The scores that can be fitted, by name.
public enum ScoreName: String, CaseIterable, Sendable, Codable {
  case featurenorm
  case msp
  case maxlogit
  case energy

  /// The score computed from the logits alone; `nil` for FeatureNorm, which needs a block.
  var logitScore: (any Score)? {
    switch self {
    case .featurenorm: nil
    case .msp: MaximumSoftmaxProbability()
    case .maxlogit: MaximumLogit()
    case .energy: Energy()
    }
  }

  /// The score itself, given the block that FeatureNorm is taken of.
  func score(block: Block) -> any Score {
    logitScore ?? FeatureNorm(block: block)
  }
}

/// How a classifier's logits become probabilities.
public enum HeadKind: String, Codable, Sendable, CaseIterable {
  /// One class of several is right: the probabilities are a softmax over all of them.
  case softmax
  /// Each class is there or not: its probability is the sigmoid of its own logit. A single logit is of this kind, and so
  /// are labels of which an image may show several, or none.
  case sigmoid
}

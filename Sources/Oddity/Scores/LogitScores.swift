import ONNXGraph

/// The largest logit (Hendrycks et al., ICML 2022).
public struct MaximumLogit: Score {
  public static let name = "maxlogit"

  public init() {}

  public func append(to appendix: inout Appendix, of classifier: Classifier) -> String {
    appendix.reduce(.max, appendix.logits(of: classifier), axes: [1])
  }
}

/// `logsumexp(l)`, the negative free energy at temperature 1 (Liu et al., NeurIPS 2020, eq. 4).
public struct Energy: Score {
  public static let name = "energy"

  public init() {}

  public func append(to appendix: inout Appendix, of classifier: Classifier) -> String {
    let logits = appendix.logits(of: classifier)
    return appendix.logSumExp(logits)
  }
}

/// The maximum softmax probability (Hendrycks & Gimpel, ICLR 2017), as its log-odds.
///
/// `log(p/(1−p)) = −logsumexp_{c≠ŷ}(l_c − l_ŷ)` ranks images as p does, but does not saturate: in
/// float32 a softmax is exactly 1 from margins near 20 on, which ties images that differ.
public struct MaximumSoftmaxProbability: Score {
  public static let name = "msp"

  public init() {}

  public func append(to appendix: inout Appendix, of classifier: Classifier) -> String {
    let logits = appendix.logits(of: classifier)
    let largest = appendix.reduce(.max, logits, axes: [1], keep: true)
    let margins = appendix.add("Sub", [logits, largest])
    let predicted = appendix.add("ArgMax", [logits], ["axis": .int(1), "keepdims": .int(1)])
    let classes = appendix.constant(
      (0..<Int64(classifier.classes)).map { $0 }, dims: [1, classifier.classes])
    let isPredicted = appendix.add("Equal", [classes, predicted])
    let excluded = appendix.constant([-Float.infinity], dims: [1, 1])
    let others = appendix.add("Where", [isPredicted, excluded, margins])
    return appendix.add("Neg", [appendix.logSumExp(others)])
  }
}

extension Appendix {
  /// The classifier's logits in single precision.
  mutating func logits(of classifier: Classifier) -> String {
    classifier.model.graph.hasOtherPrecision
      ? cast(classifier.head.logits, to: .float) : classifier.head.logits
  }

  /// `log Σ exp` over axis 1, shifted by the maximum so that nothing overflows.
  fileprivate mutating func logSumExp(_ tensor: String) -> String {
    let largest = reduce(.max, tensor, axes: [1], keep: true)
    let shifted = add("Sub", [tensor, largest])
    let sum = reduce(.sum, add("Exp", [shifted]), axes: [1], keep: true)
    return reshape(add("Add", [add("Log", [sum]), largest]), to: [-1])
  }
}

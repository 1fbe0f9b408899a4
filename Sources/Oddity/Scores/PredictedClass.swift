import ONNXGraph

/// The index of the largest logit, the first of equals: the classifier's decision, for accuracy.
///
/// As float32 beside the scores, which is exact up to 2²⁴ classes.
struct PredictedClass {
  func append(to appendix: inout Appendix, of classifier: Classifier) -> String {
    let logits = appendix.logits(of: classifier)
    return appendix.cast(
      appendix.add("ArgMax", [logits], ["axis": .int(1), "keepdims": .int(0)]), to: .float)
  }
}

import OddityClassifier

extension LogitForm {
  /// The score that FeatureNorm is compared with. It also measures the classifier's own confidence if energy
  /// does not.
  package var scoreToCompareWith: ScoreName? {
    switch self {
    case .softmax, .multiLabel: .energy
    case .oneLogit: .msp
    case .constant: nil
    }
  }

  /// The error for scores that are meaningless on such logits.
  func refusal(of scores: [String], model: String) -> OddityError {
    let verb = scores.count == 1 ? "means" : "mean"
    let others = ScoreCatalogue.methods.map { $0.description }.filter { $0.forms.contains(self) }.map(\.name)
    return OddityError(
      .usage,
      "\(scores.joined(separator: ", ")) \(verb) nothing \(reason(model)), or choose among "
        + others.joined(separator: ", "))
  }

  /// - Throws: ``OddityError`` `.usage` if images do not have exactly one of several classes.
  package func checkCalibrationByClass(model: String) throws(OddityError) {
    let reason: String
    switch self {
    case .softmax: return
    case .multiLabel:
      reason = "has a sigmoid for each label, and an image may show several labels or none"
    case .oneLogit, .constant: reason = "has a single logit"
    }
    throw OddityError(
      .usage,
      "\(.calibrationScope, "class"): \(model) \(reason), so its images have no single predicted class: "
        + "leave it out")
  }

  /// The logits on which a score is meaningless, and the setting that may help.
  private func reason(_ model: String) -> String {
    switch self {
    case .softmax:
      "where one class is right: pass \(.head, "sigmoid") if \(model) has labels that are there or not"
    case .multiLabel:
      "on the logits of \(model), each of which has its own sigmoid: pass \(.head, "softmax") if exactly one "
        + "class is right"
    case .oneLogit: "on the single logit of \(model): pass \(.logits, "NAME") if that is not its answer"
    case .constant:
      "on the single logit of \(model), whose softmax is always 1: pass \(.head, "sigmoid") if it is the log-odds of a class"
    }
  }
}

extension ScoreName {
  /// Whether it is temperature scaling, composed or not. It needs labelled images that the classifier was not
  /// trained on.
  package var fitsTemperature: Bool { method == TemperatureScaling.self }

  /// Whether an image without any label scores low. This includes msp, which then is the largest logit, and
  /// any part of an ensemble.
  package var growsWithLargestLogits: Bool {
    leaves.contains { $0 == .msp || $0.method?.description.forms == .energies }
  }
}

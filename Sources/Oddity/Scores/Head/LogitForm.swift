/// What a classifier's logits stand for, on which the meaning of a score depends.
public enum LogitForm: String, Codable, Sendable, CaseIterable {
  /// Classes of which one is right.
  case softmax
  /// Labels of which each is there or not.
  case multiLabel = "multi-label"
  /// A single label that is there or not; its absence is as good an answer as its presence.
  case oneLogit = "one logit"
  /// A softmax over one class, which is 1 whatever the image shows.
  case constant

  public init(_ head: HeadKind, classes: Int) {
    switch head {
    case .softmax: self = classes > 1 ? .softmax : .constant
    case .sigmoid: self = classes > 1 ? .multiLabel : .oneLogit
    }
  }
}

extension LogitForm {
  /// What FeatureNorm is compared with, and what rates the classifier's own confidence where energy does not.
  var scoreToCompareWith: ScoreName? {
    switch self {
    case .softmax, .multiLabel: .energy
    case .oneLogit: .msp
    case .constant: nil
    }
  }

  /// The error for scores that mean nothing on such logits.
  func refusal(of scores: [String], model: String) -> OddityError {
    let verb = scores.count == 1 ? "means" : "mean"
    let others = ScoreCatalogue.methods.map { $0.description }.filter { $0.forms.contains(self) }.map(\.name)
    return OddityError(
      .usage,
      "\(scores.joined(separator: ", ")) \(verb) nothing \(reason(model)), or choose among "
        + others.joined(separator: ", "))
  }

  /// - Throws: ``OddityError`` `.usage` where no image is of one class among several.
  func checkCalibrationByClass(model: String) throws(OddityError) {
    let reason: String
    switch self {
    case .softmax: return
    case .multiLabel:
      reason = "has a sigmoid for each of its labels, of which an image may show several or none"
    case .oneLogit, .constant: reason = "has a single logit"
    }
    throw OddityError(
      .usage, "--calibration-by class: \(model) \(reason), so images have no class to go by: leave it out")
  }

  /// On what a score means nothing, and which flag may mend it.
  private func reason(_ model: String) -> String {
    switch self {
    case .softmax:
      "where one class is right: pass --head sigmoid if \(model) has labels that are there or not"
    case .multiLabel:
      "on the logits of \(model), of which each has a sigmoid of its own: pass --head softmax if exactly one class is right"
    case .oneLogit: "on the single logit of \(model): pass --logits NAME if that is not its answer"
    case .constant:
      "on the single logit of \(model), whose softmax is always 1: pass --head sigmoid if it is the log-odds of a class"
    }
  }
}

extension ScoreName {
  /// Whether an image of no label scores low: msp as well, which is the largest logit there, and any part of an ensemble.
  var growsWithLargestLogits: Bool {
    leaves.contains { $0 == .msp || $0.method?.description.forms == .energies }
  }
}

/// Forms by what a score makes of logits.
extension Set<LogitForm> {
  /// Scores that see no logits.
  static var any: Self { Set(LogitForm.allCases) }
  /// Scores that grow with the largest logits. Those of a single logit flag every image that surely lacks its label.
  static var energies: Self { [.softmax, .multiLabel] }
  /// Scores that grow with how sure the classifier is, of an absence too.
  static var sureness: Self { [.softmax, .multiLabel, .oneLogit] }
}

import OddityFiles
import OddityClassifier

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

/// Forms by what a score makes of logits.
extension Set<LogitForm> {
  /// Scores that see no logits.
  static var any: Self { Set(LogitForm.allCases) }
  /// Scores that grow with the largest logits. Those of a single logit flag every image that surely lacks its label.
  static var energies: Self { [.softmax, .multiLabel] }
  /// Scores that grow with how sure the classifier is, of an absence too.
  static var sureness: Self { [.softmax, .multiLabel, .oneLogit] }
}

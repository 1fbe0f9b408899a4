/// Why a head was chosen from several.
///
/// Heads with the same number of classes answer the same question, such as early exits. The deepest is
/// chosen, which has the most layers with weights on its longest path, or the first output of equally deep
/// ones. Of other heads, the one that a softmax or a choice of one class follows is chosen. Then come the
/// head whose name refers to classes, the one with as many classes as the file has names, one with several
/// classes instead of a single logit, and finally the deepest one.
enum HeadChoice: Sendable {
  case deepest
  case decided
  case named
  case fitsClassNames
  case severalClasses

  /// The reason, for the note about the others.
  var reason: String {
    switch self {
    case .deepest: "because it is the deepest one, or the first of those that are equally deep"
    case .decided: "because a softmax or the choice of one class follows it"
    case .named: "by its name"
    case .fitsClassNames: "because it has as many classes as the file has class names"
    case .severalClasses: "because it has several classes"
    }
  }
}

extension HeadChoice {
  typealias Chosen = (head: ClassifierHead, choice: HeadChoice, possible: [ClassifierHead])

  /// - Parameters:
  ///   - shapes: the shapes of the logits; `nil` if there is only one head.
  ///   - names: the number of class names in each list in the file.
  /// - Returns: `nil` without heads. A head that does not have the shape of logits is chosen only if no other
  ///   does.
  static func best(of heads: [ClassifierHead], shapes: TensorShapes?, names: Set<Int>) -> Chosen? {
    guard let shapes, let first = heads.first else {
      return heads.first.map { ($0, .deepest, heads) }
    }
    let candidates = heads.compactMap { head in
      shapes.headClasses(head).map { Candidate(head: head, classes: $0, names: names) }
    }
    guard let start = candidates.first else {
      return (heads.reduce(first) { $0.precedes($1) ? $0 : $1 }, .deepest, heads)
    }
    let groups = Dictionary(grouping: candidates, by: \.classes).values
    let leaders = candidates.filter { candidate in
      groups.contains { Candidate.leader(of: $0)?.head.logits == candidate.head.logits }
    }
    var best = leaders.first ?? start
    var choice = HeadChoice.deepest
    for leader in leaders.dropFirst() {
      let (isBetter, reason) = leader.isPreferred(to: best)
      if isBetter { best = leader }
      choice = reason
    }
    return (best.head, choice, candidates.map(\.head))
  }
}

/// A head whose logits have the shape of logits.
private struct Candidate {
  let head: ClassifierHead
  let classes: Int
  let isNamedAsClasses: Bool
  let isNamedAsOther: Bool
  let fitsNames: Bool

  init(head: ClassifierHead, classes: Int, names: Set<Int>) {
    (self.head, self.classes) = (head, classes)
    let name = head.output.lowercased()
    isNamedAsOther = Self.otherNames.contains { name.contains($0) }
    isNamedAsClasses = !isNamedAsOther && Self.classNames.contains { name.contains($0) }
    fitsNames = names.contains(classes)
  }

  /// The chosen head of several with the same number of classes.
  static func leader(of group: [Candidate]) -> Candidate? {
    group.first.map { first in group.dropFirst().reduce(first) { $0.leads($1) ? $0 : $1 } }
  }

  /// Whether it is preferred to a later head with the same number of classes.
  private func leads(_ other: Candidate) -> Bool {
    if (head.obstacle == nil) != (other.head.obstacle == nil) { return head.obstacle == nil }
    if isNamedAsOther != other.isNamedAsOther { return !isNamedAsOther }
    return head.precedes(other.head)
  }

  /// Whether it is preferred to a head with another number of classes, and the reason.
  func isPreferred(to other: Candidate) -> (Bool, HeadChoice) {
    if (head.obstacle == nil) != (other.head.obstacle == nil) { return (head.obstacle == nil, .deepest) }
    if isNamedAsOther != other.isNamedAsOther { return (!isNamedAsOther, .named) }
    if head.decides != other.head.decides { return (head.decides, .decided) }
    if isNamedAsClasses != other.isNamedAsClasses { return (isNamedAsClasses, .named) }
    if fitsNames != other.fitsNames { return (fitsNames, .fitsClassNames) }
    if (classes > 1) != (other.classes > 1) { return (classes > 1, .severalClasses) }
    return (!other.head.precedes(head), .deepest)
  }

  private static let classNames = ["logit", "class", "cls", "prob", "pred", "label", "softmax", "score"]
  private static let otherNames = [
    "embed", "feature", "feat_", "proj", "hidden", "attention", "attn", "descriptor", "latent", "bbox", "box",
    "landmark",
    "aux", "mask", "heatmap",
  ]
}

extension ClassifierHead {
  /// Whether it is preferred to another head that comes later among the outputs.
  fileprivate func precedes(_ other: ClassifierHead) -> Bool {
    guard (features != nil) == (other.features != nil) else { return features != nil }
    return depth >= other.depth
  }
}

extension TensorShapes {
  /// The number of classes of a head's logits, derived or not; `nil` if they do not have the shape of logits.
  func headClasses(_ head: ClassifierHead) -> Int? {
    guard let count = classes(of: head.logits) else { return nil }
    guard case .twoClasses = head.derivation else { return count }
    return count == 1 ? 2 : nil
  }
}

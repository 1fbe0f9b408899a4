import OddityClassifier

/// The description of a score for users.
public struct ScoreDescription: Sendable {
  public let name: String
  /// A summary in one line.
  public let summary: String
  /// Authors, venue and year.
  public let paper: String
  /// What is learnt from in-distribution images, or `nothing`.
  public let fits: String
  /// The cost beyond the forward pass, in words.
  public let cost: String
  /// The networks on which it works.
  public let networks: Networks
  /// How it is composed with the selected norm.
  public let composition: Composition
  /// The logits on which it is meaningful; all kinds for a score that does not read logits.
  public let forms: Set<LogitForm>
  /// The sign of its values, if a channel multiplier can be combined with it; otherwise nil.
  public let sign: ScoreSign?
  public let parameters: [ScoreParameter]

  public enum Networks: String, Sendable, Codable {
    case any
    /// Logits `l = Wz + b` with known W and b.
    case linearHead = "linear head"
    /// Penultimate features; a linear head is not needed.
    case features = "penultimate features"
    /// Features pooled from a last feature map.
    case pooledMap = "pooled feature map"
    /// A linear head directly after the pooling of the last feature map.
    case pooledFeatures = "linear head on a pooled feature map"
    /// Operators whose gradient Oddity builds.
    case differentiable = "differentiable operators"

    /// Whether W and b must be known.
    var needsHead: Bool { self == .linearHead || self == .pooledFeatures }
  }

  /// How FeatureNorm of the selected block is used, see the end of docs/scores.md.
  public enum Composition: String, Sendable, Codable, CaseIterable {
    /// z is replaced by `z · FeatureNorm / ‖z‖ · const`, and the logits with it.
    case logits
    /// The score is divided by FeatureNorm.
    case distance
    /// The energy part uses the replaced logits, and the residual does not change.
    case vim
    case none
  }

  init(
    name: String, summary: String, paper: String, fits: String = "nothing", cost: String = "negligible",
    networks: Networks = .any, composition: Composition = .none, forms: Set<LogitForm> = [.softmax],
    sign: ScoreSign? = nil, parameters: [any DeclaredParameter] = []
  ) {
    (self.name, self.summary, self.paper, self.fits, self.cost) = (name, summary, paper, fits, cost)
    (self.networks, self.composition, self.forms, self.sign) = (networks, composition, forms, sign)
    self.parameters = parameters.map(\.description)
  }
}

/// A number that ``ScoreSettings`` sets, as `NAME.PARAM=VALUE`.
public struct ScoreParameter: Sendable {
  public let name: String
  public let summary: String
  /// nil if it depends on the classifier or is fitted; `standardText` then describes it.
  public let standard: Double?
  public let standardText: String
  public let range: ClosedRange<Double>
  /// The excluded ends of the range.
  public let excludes: Set<Double>
  public let isWhole: Bool

  init(
    _ name: String, _ summary: String, standard: Double?, standardText: String? = nil,
    range: ClosedRange<Double>, excluding excludes: Set<Double> = [], isWhole: Bool = false
  ) {
    (self.name, self.summary, self.standard, self.range) = (name, summary, standard, range)
    (self.excludes, self.isWhole) = (excludes, isWhole)
    self.standardText = standardText ?? standard.map { Numbers.shortest($0) } ?? "fitted"
  }

  /// The allowed values in words, such as `0 to 100, without 0`.
  public var rangeText: String {
    let upper = range.upperBound < Double.greatestFiniteMagnitude ? Numbers.shortest(range.upperBound) : nil
    let lower = Numbers.shortest(range.lowerBound)
    let bounds = upper.map { "\(lower) to \($0)" } ?? "at least \(lower)"
    let without = excludes.sorted().map { Numbers.shortest($0) }.joined(separator: " and ")
    return (isWhole ? "a whole number, " : "") + bounds + (without.isEmpty ? "" : ", without \(without)")
  }

  func allows(_ value: Double) -> Bool {
    range.contains(value) && !excludes.contains(value) && (!isWhole || value == value.rounded())
  }
}

/// The meaning of a classifier's logits, which decides what a score means.
public enum LogitForm: String, Codable, Sendable, CaseIterable {
  /// Classes of which exactly one is right.
  case softmax
  /// Labels that may each be present or absent.
  case multiLabel = "multi-label"
  /// A single label that may be present or absent. Its absence is as good an answer as its presence.
  case oneLogit = "one logit"
  /// A softmax over a single class, which is always 1.
  case constant

  public init(_ head: HeadKind, classes: Int) {
    switch head {
    case .softmax: self = classes > 1 ? .softmax : .constant
    case .sigmoid: self = classes > 1 ? .multiLabel : .oneLogit
    }
  }
}

/// Sets of forms on which groups of scores are meaningful.
extension Set<LogitForm> {
  /// For scores that do not read logits.
  static var any: Self { Set(LogitForm.allCases) }
  /// For scores that grow with the largest logits. With a single logit they would flag every image that
  /// clearly lacks the label.
  static var energies: Self { [.softmax, .multiLabel] }
  /// For scores that grow with the certainty of the classifier, including that of an absence.
  static var sureness: Self { [.softmax, .multiLabel, .oneLogit] }
}

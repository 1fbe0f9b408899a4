import OddityClassifier

/// What users are told of a score before they choose it.
public struct ScoreDescription: Sendable {
  public let name: String
  /// One line.
  public let summary: String
  /// Authors, venue and year.
  public let paper: String
  /// What is learnt from in-distribution images; `nothing` where there is nothing to learn.
  public let fits: String
  /// What it costs on top of the forward pass, in words.
  public let cost: String
  /// On which networks it works.
  public let networks: Networks
  /// How it is composed with the selected norm.
  public let composition: Composition
  /// On which logits it means something; all of them for a score that sees no logits.
  public let forms: Set<LogitForm>
  /// On which side of zero it lies, where a multiplier of the channels may be put beside it; nil where none may.
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
    /// A linear head right behind the pooling of the last feature map.
    case pooledFeatures = "linear head on a pooled feature map"
    /// Operators whose gradient Oddity builds.
    case differentiable = "differentiable operators"

    /// Whether W and b must be known.
    var needsHead: Bool { self == .linearHead || self == .pooledFeatures }
  }

  /// How FeatureNorm of the selected block enters, at the end of docs/scores.md.
  public enum Composition: String, Sendable, Codable, CaseIterable {
    /// z is replaced by `z · FeatureNorm / ‖z‖ · const`, and the logits with it.
    case logits
    /// The score is divided by FeatureNorm.
    case distance
    /// The energy part takes the replaced logits, the residual stays.
    case vim
    case none
  }

  init(
    name: String, summary: String, paper: String, fits: String = "nothing", cost: String = "next to nothing",
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
  /// Nil where it depends on the classifier or is fitted; then `standardText` says how.
  public let standard: Double?
  public let standardText: String
  public let range: ClosedRange<Double>
  /// Whether an end of the range is left out.
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

  /// The allowed values in words: `0 to 100, without 0`.
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

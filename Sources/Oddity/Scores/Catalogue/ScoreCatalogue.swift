/// Every score there is, in the order in which `oddity scores` lists them.
enum ScoreCatalogue {
  /// A new score is registered here.
  static let methods: [any Score.Type] = [
    FeatureNormScore.self, MaximumSoftmaxProbability.self, MaximumLogit.self, Energy.self,
  ]

  private static let byName = Dictionary(
    methods.map { ($0.description.name, $0) }, uniquingKeysWith: { first, _ in first })

  /// The score of a name, without composition.
  static func method(_ name: String) -> (any Score.Type)? { byName[name] }
}

/// What there is, for commands and other programs.
public enum Scores {
  /// In the order in which they are listed.
  public static var all: [ScoreDescription] { ScoreCatalogue.methods.map { $0.description } }
}

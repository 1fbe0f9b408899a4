import OddityClassifier

/// The description of fusions, and their parameters.
enum FusionSettings {
  static let description = ScoreDescription(
    name: "fusion",
    summary:
      "a weighted sum of the scores that together best separate images from pseudo-OOD images made from them",
    paper: "docs/scores.md", fits: "columns and their weights, on the select part and its pseudo-OOD images",
    cost: "a share of the classifier's cost, limited by fusion.cost", forms: .any, parameters: [cost])

  static let cost = Parameter<Double>(
    "cost", "share of the classifier's arithmetic and bytes that the chosen scores may cost",
    default: 0.05, in: 0...1_000)
}

extension ScoreSettings {
  /// The share of the classifier's arithmetic and of its weight bytes that a fusion may cost.
  package var fusionBudget: Double { parameters(of: FusionSettings.description)[FusionSettings.cost] }
}

import OddityClassifier

/// What was measured with one kind of pseudo-OOD images.
public struct PseudoOODReport: Codable, Sendable {
  /// The kind with its strength, as `--pseudo-ood` takes it.
  public let kind: String
  /// The block that this kind alone would select; `nil` where none is eligible.
  public let selected: SelectedBlock?
  /// The candidates, in the order of the fit's blocks.
  public let blocks: [Block]
  /// The fitted scores, at the block that the fit selected.
  public let scores: [ScoreReport]

  /// A candidate block; numbers that do not exist are null.
  public struct Block: Codable, Sendable {
    public let index: Int?
    public let tensor: String
    public let normRatio: Double?
    public let normRatioCI95: [Double]?
    public let normRatioOfMeans: Double?
    /// AUROC of the select part against its own pseudo-OOD images of this kind.
    public let aurocPseudo: Double?
    /// Whether this kind may select the block.
    public let eligible: Bool

    private enum CodingKeys: String, CodingKey {
      case index, tensor
      case normRatio = "norm_ratio"
      case normRatioCI95 = "norm_ratio_ci95"
      case normRatioOfMeans = "norm_ratio_of_means"
      case aurocPseudo = "auroc_pseudo"
      case eligible
    }

    init(_ block: BlockReport) {
      index = block.index
      tensor = block.tensor
      normRatio = block.normRatio
      normRatioCI95 = block.normRatioCI95
      normRatioOfMeans = block.normRatioOfMeans
      aurocPseudo = block.aurocPseudo
      eligible = block.eligible
    }
  }
}

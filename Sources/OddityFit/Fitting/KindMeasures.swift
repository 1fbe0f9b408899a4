import OddityModel

/// The results for one kind of pseudo-OOD images at every candidate block.
struct KindMeasures {
  let kind: PseudoOOD
  let norms: PairedNorms
  /// NormRatio of each candidate.
  let ratios: [NormRatio]
  /// AUROC of each candidate's FeatureNorm, for the select part against pseudo-OOD images made from it.
  let aurocs: [PairedAUROC?]
  private let candidates: [Block]

  /// - Parameter position: the position of the kind among the requested ones.
  init(_ setup: FitSetup, _ observations: Observations, kind position: Int) throws(OddityError) {
    kind = setup.options.pseudoOOD[position]
    norms =
      setup.measuresFitPartAlone
      ? try observations.pairedNorms(kind: position, of: .fit) : try observations.pairedNorms(kind: position)
    guard norms.imageCount > 0 else {
      throw OddityError(
        .badData,
        "the part that NormRatio is measured on has no image: pass more images with \(.inDistribution)")
    }
    ratios = norms.normRatios()
    aurocs = try setup.candidates.indices.map { block throws(OddityError) in
      try observations.aurocPseudo(block: block, kind: position)
    }
    candidates = setup.candidates
  }

  func blockReports() -> [BlockReport] {
    candidates.indices.map { BlockReport(candidates[$0], ratio: ratios[$0], auroc: aurocs[$0]) }
  }

  /// - Parameter scores: the fitted scores with their results for this kind.
  func report(_ scores: [ScoreReport]) -> PseudoOODReport {
    let selected = BlockSelection.eligibleBlock(ratios)
    return PseudoOODReport(
      kind: kind.name, selected: selected.map { SelectedBlock(candidates[$0]) },
      blocks: blockReports().map { PseudoOODReport.Block($0) }, scores: scores)
  }
}

/// The measurements with one kind of pseudo-OOD images.
public struct PseudoOODReport: Codable, Sendable {
  /// The kind with its strength, in the form that ``PseudoOOD`` parses.
  public let kind: String
  /// The block that this kind alone would select; `nil` if none is eligible.
  public let selected: SelectedBlock?
  /// The candidates, in the order of the fit's blocks.
  public let blocks: [Block]
  /// The fitted scores, at the block that the fit selected.
  public let scores: [ScoreReport]

  /// A candidate block. Numbers that do not exist are null.
  public struct Block: Codable, Sendable {
    public let index: Int?
    public let tensor: String
    public let normRatio: Double?
    public let normRatioCI95: [Double]?
    public let normRatioOfMeans: Double?
    /// AUROC of the select part against pseudo-OOD images of this kind made from it.
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

extension FitSetup {
  /// Whether NormRatio uses only the fit part, although the paper's split also measures it on the calibration
  /// images. If a score is chosen or learnt with the selected block, calibration images must not influence
  /// anything before.
  fileprivate var measuresFitPartAlone: Bool { options.paperSplit && plan.learnsFromPseudoOOD }
}

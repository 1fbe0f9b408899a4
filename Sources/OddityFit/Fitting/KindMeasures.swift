import OddityModel

/// What one kind of pseudo-OOD images says of every candidate.
struct KindMeasures {
  let kind: PseudoOOD
  let norms: PairedNorms
  /// NormRatio of each candidate.
  let ratios: [NormRatio]
  /// AUROC of each candidate's FeatureNorm, of the select part against its own pseudo-OOD images.
  let aurocs: [PairedAUROC?]
  private let candidates: [Block]

  /// - Parameter position: of the kind, among those that were asked for.
  init(_ setup: FitSetup, _ observations: Observations, kind position: Int) throws(OddityError) {
    kind = setup.options.pseudoOOD[position]
    norms =
      setup.measuresFitPartAlone
      ? try observations.pairedNorms(kind: position, of: .fit) : try observations.pairedNorms(kind: position)
    guard norms.imageCount > 0 else {
      throw OddityError(
        .badData,
        "no image fell into the part that NormRatio is measured on: \(.inDistribution) needs more images")
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

  /// - Parameter scores: the fitted scores, with what this kind says of them.
  func report(_ scores: [ScoreReport]) -> PseudoOODReport {
    let selected = BlockSelection.eligibleBlock(ratios)
    return PseudoOODReport(
      kind: kind.name, selected: selected.map { SelectedBlock(candidates[$0]) },
      blocks: blockReports().map { PseudoOODReport.Block($0) }, scores: scores)
  }
}

/// What was measured with one kind of pseudo-OOD images.
public struct PseudoOODReport: Codable, Sendable {
  /// The kind with its strength, as ``PseudoOOD`` parses it.
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

extension FitSetup {
  /// Whether NormRatio is that of the fit part alone, though the paper's split measures it on the images that calibrate too: where
  /// a score is chosen or learnt with the selected block, calibration images take no part in anything before.
  fileprivate var measuresFitPartAlone: Bool { options.paperSplit && plan.learnsFromPseudoOOD }
}

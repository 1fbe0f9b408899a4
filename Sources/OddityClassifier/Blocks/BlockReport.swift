import OddityStatistics

/// A candidate block with what was measured of it.
public struct BlockReport: BlockRow, Codable, Sendable {
  public let index: Int?
  public let tensor: String
  public let channels: Int?
  public let height: Int?
  public let width: Int?
  public let tokens: Int?
  /// [N,C,H,W], [N,H,W,C] or [N,T,C]
  public let layout: MapLayout
  public let normRatio: Double?
  public let normRatioCI95: [Double]?
  public let normRatioOfMeans: Double?
  /// AUROC of the select part against its own pseudo-OOD images.
  public let aurocPseudo: Double?
  public let flopsShare: Double?
  /// Whether the block may be selected.
  public let eligible: Bool

  private enum CodingKeys: String, CodingKey {
    case index, tensor, channels, height, width, tokens, layout
    case normRatio = "norm_ratio"
    case normRatioCI95 = "norm_ratio_ci95"
    case normRatioOfMeans = "norm_ratio_of_means"
    case aurocPseudo = "auroc_pseudo"
    case flopsShare = "flops_share"
    case eligible
  }

  package init(_ block: Block, ratio: NormRatio, auroc: PairedAUROC?) {
    index = block.index
    tensor = block.tensor
    channels = block.channels
    height = block.height
    width = block.width
    tokens = block.tokens
    layout = block.layout
    normRatio = ratio.meanOfRatios.ifFinite
    normRatioCI95 = ratio.interval.ifFinite
    normRatioOfMeans = ratio.ratioOfMeans.ifFinite
    aurocPseudo = auroc?.value
    flopsShare = block.flopsShare
    eligible = ratio.isEligible
  }
}

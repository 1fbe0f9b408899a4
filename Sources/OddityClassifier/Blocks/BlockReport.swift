import OddityStatistics

/// A candidate block with its measurements.
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
  /// AUROC of the select part against pseudo-OOD images made from it.
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

/// A block as reports list it, with its sizes under the names of the JSON.
package protocol BlockRow {
  /// nil for a tensor that is not a candidate by the rule.
  var index: Int? { get }
  var height: Int? { get }
  var width: Int? { get }
  var tokens: Int? { get }
}

extension BlockRow {
  /// Height and width, or the number of tokens; nil if dynamic.
  package var positions: [Int?] { tokens.map { [$0] } ?? [height, width] }
}

extension Numbers {
  /// Channels × positions. A dynamic size is shown as a question mark.
  package static func shape(_ block: Block) -> String {
    shape(channels: block.channels, positions: block.positions)
  }

  package static func shape(channels: Int?, positions: [Int?]) -> String {
    ([channels] + positions).map { $0.map(String.init) ?? "?" }.joined(separator: "×")
  }
}

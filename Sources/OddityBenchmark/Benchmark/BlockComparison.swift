import OddityFit

/// The blocks of one network. Compares the NormRatios, by kind of pseudo-OOD, with the AUROC of each block's
/// FeatureNorm on real OOD sets.
public struct BlockComparison: Codable, Sendable, Equatable {
  /// The kinds of pseudo-OOD, in the order of every block's ratios.
  public let kinds: [String]
  /// The OOD sets, in the order of every block's AUROCs.
  public let sets: [String]
  public let selected: SelectedBlock
  public let blocks: [ComparedBlock]
  /// How well each kind's NormRatio predicts the blocks' AUROC, in the order of `kinds`.
  public let predictions: [KindPrediction]

  /// - Parameters:
  ///   - kinds: the names of the kinds of pseudo-OOD.
  ///   - sets: the names of the OOD sets, at least one.
  ///   - selected: the block that the detector uses.
  ///   - blocks: in block order, each with one ratio for each kind and one AUROC for each set.
  public init(kinds: [String], sets: [String], selected: SelectedBlock, blocks: [ComparedBlock]) {
    precondition(
      blocks.allSatisfy { $0.normRatios.count == kinds.count && $0.aurocs.count == sets.count },
      "one ratio for each kind and one AUROC for each set")
    self.kinds = kinds
    self.sets = sets
    self.selected = selected
    self.blocks = blocks
    predictions = kinds.indices.map { KindPrediction(kinds[$0], at: $0, blocks: blocks) }
  }
}

/// A block with its NormRatios and AUROCs.
public struct ComparedBlock: BlockRow, Codable, Sendable, Equatable {
  public let index: Int?
  public let tensor: String
  public let channels: Int?
  public let height: Int?
  public let width: Int?
  public let tokens: Int?
  /// By kind of pseudo-OOD; nil if the block is not eligible for selection.
  public let normRatios: [Double?]
  /// The AUROC of the block's FeatureNorm by OOD set, in [0, 1].
  public let aurocs: [Double]
  /// The unweighted mean of `aurocs`.
  public let meanAUROC: Double

  private enum CodingKeys: String, CodingKey {
    case index, tensor, channels, height, width, tokens
    case normRatios = "norm_ratios"
    case aurocs
    case meanAUROC = "mean_auroc"
  }

  /// - Parameters:
  ///   - normRatios: the NormRatio by kind; nil if the block is not eligible for selection.
  ///   - aurocs: the AUROC by OOD set. There is at least one, and none is NaN.
  public init(_ block: Block, normRatios: [Double?], aurocs: [Double]) {
    self.init(
      index: block.index, tensor: block.tensor, channels: block.channels, positions: block.positions,
      normRatios: normRatios, aurocs: aurocs)
  }

  /// - Parameter positions: height and width, or the number of tokens; nil stands for a dynamic dimension.
  public init(
    index: Int?, tensor: String, channels: Int?, positions: [Int?], normRatios: [Double?], aurocs: [Double]
  ) {
    let isMap = positions.count == 2
    self.index = index
    self.tensor = tensor
    self.channels = channels
    height = isMap ? positions[0] : nil
    width = isMap ? positions[1] : nil
    tokens = isMap ? nil : positions.first ?? nil
    self.normRatios = normRatios
    self.aurocs = aurocs
    meanAUROC = Moments.mean(aurocs)
  }
}

/// Compares the order of the blocks according to one kind of pseudo-OOD with their order on the OOD sets.
public struct KindPrediction: Codable, Sendable, Equatable {
  public let kind: String
  /// Spearman's ρ of NormRatio and mean AUROC over the eligible blocks; nil if undefined.
  public let spearman: Double?
  /// The block with the largest NormRatio, which the kind would select. The first one wins a tie. nil if no
  /// block is eligible.
  public let selected: SelectedBlock?
  /// The mean AUROC of the best of all blocks minus that of `selected`; at least 0.
  public let aurocLost: Double?

  private enum CodingKeys: String, CodingKey {
    case kind, spearman, selected
    case aurocLost = "auroc_lost"
  }

  init(_ kind: String, at position: Int, blocks: [ComparedBlock]) {
    let candidates = blocks.compactMap { block in
      block.normRatios[position].map { (block: block, ratio: $0) }
    }
    self.kind = kind
    spearman = RankCorrelation.spearman(candidates.map(\.ratio), candidates.map(\.block.meanAUROC))
    let largest = candidates.map(\.ratio).max()
    let choice = candidates.first { $0.ratio == largest }?.block
    selected = choice.map { SelectedBlock(index: $0.index, tensor: $0.tensor) }
    aurocLost = choice.flatMap { choice in
      blocks.map(\.meanAUROC).max().map { $0 - choice.meanAUROC }
    }
  }
}

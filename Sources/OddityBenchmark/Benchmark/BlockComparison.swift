import OddityFit

/// One network's blocks: NormRatio by kind of pseudo-OOD beside AUROC of each block's FeatureNorm on real OOD sets.
public struct BlockComparison: Codable, Sendable, Equatable {
  /// Kinds of pseudo-OOD, in the order of every block's ratios.
  public let kinds: [String]
  /// The OOD sets, in the order of every block's AUROCs.
  public let sets: [String]
  public let selected: SelectedBlock
  public let blocks: [ComparedBlock]
  /// How well each kind's NormRatio predicts the blocks' AUROC, in the order of `kinds`.
  public let predictions: [KindPrediction]

  /// - Parameters:
  ///   - kinds: what the kinds of pseudo-OOD are called.
  ///   - sets: what the OOD sets are called, at least one.
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
  /// By kind of pseudo-OOD; nil where the block is not eligible for selection.
  public let normRatios: [Double?]
  /// AUROC of the block's FeatureNorm by OOD set, in [0, 1].
  public let aurocs: [Double]
  /// Their unweighted mean.
  public let meanAUROC: Double

  private enum CodingKeys: String, CodingKey {
    case index, tensor, channels, height, width, tokens
    case normRatios = "norm_ratios"
    case aurocs
    case meanAUROC = "mean_auroc"
  }

  /// - Parameters:
  ///   - normRatios: NormRatio by kind, nil where the block is not eligible for selection.
  ///   - aurocs: AUROC by OOD set, at least one, none NaN.
  public init(_ block: Block, normRatios: [Double?], aurocs: [Double]) {
    self.init(
      index: block.index, tensor: block.tensor, channels: block.channels, positions: block.positions,
      normRatios: normRatios, aurocs: aurocs)
  }

  /// - Parameter positions: height and width, or the count of tokens; nil where free.
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

/// What one kind of pseudo-OOD says about the blocks, against what OOD sets say.
public struct KindPrediction: Codable, Sendable, Equatable {
  public let kind: String
  /// Spearman's ρ of NormRatio and mean AUROC over the blocks that are eligible; nil where undefined.
  public let spearman: Double?
  /// The block with the largest NormRatio, which the kind would select, the first of equals; nil where none is eligible.
  public let selected: SelectedBlock?
  /// Mean AUROC of the best of all blocks minus that of `selected`, at least 0.
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

import Oddity

/// The two tables of a block comparison, in plain text cells that every format writes in its way.
struct BlockComparisonTables {
  struct Content {
    let columns: [TextTable.Column]
    var rows: [Row] = []
  }

  struct Row {
    let cells: [String]
    /// Whether this is the selected block.
    var isSelected = false
  }

  static let blocksCaption =
    "NormRatio by kind of pseudo-OOD (– where the block is not eligible), and AUROC of the block's FeatureNorm in "
    + "per cent; the selected block is marked."
  static let predictionsCaption =
    "Spearman's rank correlation over the blocks of NormRatio by each kind with the mean AUROC, the block that the "
    + "kind selects, and the AUROC (percentage points) that this block falls short of the best one."

  private let comparison: BlockComparison

  init(_ comparison: BlockComparison) {
    self.comparison = comparison
  }

  /// Rows blocks; columns NormRatio of each kind, AUROC of each set, the mean.
  var blocks: Content {
    let ratios = comparison.kinds.map { TextTable.Column.right("NormRatio \($0)") }
    let aurocs = (comparison.sets + ["average"]).map { TextTable.Column.right("AUROC \($0)") }
    var content = Content(
      columns: [.right("block"), .left("tensor"), .right("shape")] + ratios + aurocs)
    for block in comparison.blocks {
      content.rows.append(
        Row(
          cells: [
            block.index.map(String.init) ?? Numbers.none, block.tensor,
            Numbers.shape(channels: block.channels, positions: block.positions),
          ] + block.normRatios.map { Numbers.fixed($0, 3) }
            + (block.aurocs + [block.meanAUROC]).map { Numbers.fixed(100 * $0, 2) },
          isSelected: block.tensor == comparison.selected.tensor))
    }
    return content
  }

  /// Rows kinds of pseudo-OOD.
  var predictions: Content {
    var content = Content(
      columns: [.left("pseudo-OOD"), .right("Spearman"), .left("selects"), .right("AUROC lost")])
    content.rows = comparison.predictions.map { prediction in
      Row(cells: [
        prediction.kind, Numbers.fixed(prediction.spearman, 2), prediction.selected?.name ?? Numbers.none,
        Numbers.fixed(prediction.aurocLost.map { 100 * $0 }, 2),
      ])
    }
    return content
  }
}

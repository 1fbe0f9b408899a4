import Oddity

/// The two tables of a block comparison, whose rows every format writes in its way.
struct BlockComparisonTables {
  static let blocksCaption =
    "NormRatio by kind of pseudo-OOD (– where the block is not eligible), and AUROC of the block's FeatureNorm in "
    + "per cent; the selected block is marked."
  static let predictionsCaption =
    "Spearman's rank correlation over the blocks of NormRatio by each kind with the mean AUROC, the block that the "
    + "kind selects, and the AUROC (percentage points) that this block falls short of the best one."

  let comparison: BlockComparison
  /// How the format writes a row, with whether it is the selected block's.
  let row: (_ cells: [String], _ isSelected: Bool) -> [String]

  /// Rows blocks; columns NormRatio of each kind, AUROC of each set, the mean.
  var blocks: Table {
    let ratios = comparison.kinds.map { Table.Column.right("NormRatio \($0)") }
    let aurocs = (comparison.sets + ["average"]).map { Table.Column.right("AUROC \($0)") }
    var table = Table([.right("block"), .left("tensor"), .right("shape")] + ratios + aurocs)
    for block in comparison.blocks {
      let cells =
        [
          block.index.map(String.init) ?? Numbers.none, block.tensor,
          Numbers.shape(channels: block.channels, positions: block.positions),
        ] + block.normRatios.map { Numbers.fixed($0, 3) }
        + (block.aurocs + [block.meanAUROC]).map { Numbers.fixed(100 * $0, 2) }
      table.append(row(cells, block.tensor == comparison.selected.tensor))
    }
    return table
  }

  /// Rows kinds of pseudo-OOD.
  var predictions: Table {
    var table = Table([.left("pseudo-OOD"), .right("Spearman"), .left("selects"), .right("AUROC lost")])
    for prediction in comparison.predictions {
      let cells = [
        prediction.kind, Numbers.fixed(prediction.spearman, 2), prediction.selected?.name ?? Numbers.none,
        Numbers.fixed(prediction.aurocLost.map { 100 * $0 }, 2),
      ]
      table.append(row(cells, false))
    }
    return table
  }
}

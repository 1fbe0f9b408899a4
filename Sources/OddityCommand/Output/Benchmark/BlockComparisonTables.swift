import Oddity

/// The two tables of a block comparison. Each format decides how to write a row.
struct BlockComparisonTables {
  static let blocksCaption =
    "NormRatio by kind of pseudo-OOD (– where the block is not eligible), and AUROC of the block's FeatureNorm in "
    + "per cent; the selected block is marked."
  static let predictionsCaption =
    "Spearman's rank correlation over the blocks of NormRatio by each kind with the mean AUROC, the block that the "
    + "kind selects, and the AUROC (percentage points) that this block falls short of the best one."

  let comparison: BlockComparison
  /// Formats the cells of a row, given whether it is the row of the selected block.
  let row: (_ cells: [String], _ isSelected: Bool) -> [String]

  /// One row per block. The columns are NormRatio for each kind, AUROC for each set, and the mean.
  var blocks: Table {
    let ratios: [Table.Column<ComparedBlock>] = comparison.kinds.enumerated().map { kind, name in
      .number("NormRatio \(name)") { Numbers.fixed($0.normRatios[kind], 3) }
    }
    let aurocs: [Table.Column<ComparedBlock>] = (comparison.sets + ["average"]).enumerated().map {
      set, name in
      .number("AUROC \(name)") { Numbers.fixed(100 * ($0.aurocs + [$0.meanAUROC])[set], 2) }
    }
    return Table(
      comparison.blocks,
      [
        .number("block") { $0.index.map(String.init) ?? Numbers.none }, .text("tensor") { $0.tensor },
        .number("shape") { Numbers.shape(channels: $0.channels, positions: $0.positions) },
      ] + ratios + aurocs
    ) { row($1, $0.tensor == comparison.selected.tensor) }
  }

  /// One row per kind of pseudo-OOD images.
  var predictions: Table {
    Table(
      comparison.predictions,
      [
        .text("pseudo-OOD") { $0.kind }, .number("Spearman") { Numbers.fixed($0.spearman, 2) },
        .text("selects") { $0.selected?.name ?? Numbers.none },
        .number("AUROC lost") { Numbers.fixed($0.aurocLost.map { 100 * $0 }, 2) },
      ]
    ) { row($1, false) }
  }
}

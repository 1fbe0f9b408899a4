import Oddity

/// Each block's AUROC on real OOD sets, and how well NormRatio predicts it.
struct BlockComparisonFigures {
  let comparison: BlockComparison

  private var labels: [String] { comparison.blocks.map(\.label) }

  /// AUROC of FeatureNorm by block, with a line for each set and one for the mean.
  var chart: Figure {
    let sets = comparison.sets.enumerated().map { set, name in
      line(name, .set(set), comparison.blocks.map { $0.aurocs[set] })
    }
    let lines = [line("mean", .inDistribution, comparison.blocks.map(\.meanAUROC))] + sets
    let heights = lines.flatMap { $0.points.map(\.y) }
    let chart = Chart(
      title: "AUROC by block",
      description:
        "AUROC of FeatureNorm at each of \(labels.count) blocks against each OOD set. The selected block is "
        + comparison.selected.name + ".",
      horizontal: Axis("block", places: labels),
      vertical: Axis("AUROC", domain: ClosedRange(covering: heights + [0.5], margin: 0.05)),
      series: lines, reference: 0.5,
      marked: comparison.blocks.firstIndex(where: isSelected).map { (Double($0), "selected") })
    return Figure(
      title: "AUROC by block",
      caption:
        "How well FeatureNorm at each block tells in-distribution images from each OOD set. The line at 0.5 "
        + "is guessing. NormRatio should be largest at the block where the mean AUROC is largest.",
      chart: chart, table: table)
  }

  private func line(_ name: String, _ style: SeriesStyle, _ values: [Double]) -> Chart.Series {
    .init(
      name: name, style: style, points: values.enumerated().map { Plot.Point(x: Double($0), y: $1) },
      hasMarkers: labels.count <= 40)
  }

  private func isSelected(_ block: ComparedBlock) -> Bool { block.tensor == comparison.selected.tensor }

  private var table: DataTable {
    let ratios: [DataTable.Column<ComparedBlock>] = comparison.kinds.enumerated().map { kind, name in
      .number("NormRatio, \(name)") { Figures.decimal($0.normRatios[kind], 3) }
    }
    let aurocs: [DataTable.Column<ComparedBlock>] = comparison.sets.enumerated().map { set, name in
      .number(name) { Figures.perCent($0.aurocs[set]) }
    }
    return DataTable(
      "NormRatio by kind of pseudo-OOD images, and AUROC in per cent by OOD set", comparison.blocks,
      [.text("block") { $0.label }] + ratios + aurocs + [.number("mean") { Figures.perCent($0.meanAUROC) }],
      isChosen: isSelected)
  }

  /// The blocks that each kind of pseudo-OOD images would select, and the AUROC lost by that.
  var predictions: Markup {
    DataTable(
      "How well each kind of pseudo-OOD images predicts the mean AUROC of the blocks (Spearman's rank "
        + "correlation)",
      comparison.predictions,
      [
        .text("pseudo-OOD") { $0.kind }, .number("rank correlation") { Figures.decimal($0.spearman, 2) },
        .text("selects") { $0.selected?.name ?? Numbers.none },
        .number("AUROC below the best block") { Figures.perCent($0.aurocLost) },
      ]
    ).markup
  }
}

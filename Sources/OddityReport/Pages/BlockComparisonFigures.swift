import Oddity

/// Each block's AUROC on real OOD sets, and how well NormRatio foretold it.
struct BlockComparisonFigures {
  private let comparison: BlockComparison

  init(_ comparison: BlockComparison) {
    self.comparison = comparison
  }

  private var labels: [String] { BlockFigures.labels(comparison.blocks) }

  /// AUROC of FeatureNorm by block: a line for each set, and one for the mean.
  var chart: Figure {
    let lines: [(name: String, style: SeriesStyle, values: [Double])] =
      [("mean", .inDistribution, comparison.blocks.map(\.meanAUROC))]
      + comparison.sets.indices.map { set in
        (comparison.sets[set], .set(set), comparison.blocks.map { $0.aurocs[set] })
      }
    let chart = LineChart(
      title: "AUROC by block",
      description:
        "AUROC of FeatureNorm at each of \(labels.count) blocks against each OOD set. The selected block is "
        + comparison.selected.name + ".",
      horizontal: Axis("block", places: labels),
      vertical: Axis(
        "AUROC", domain: ClosedRange(covering: lines.flatMap(\.values) + [0.5], margin: 0.05)),
      series: lines.map { line in
        .init(
          style: line.style,
          points: line.values.enumerated().map { Plot.Point(x: Double($0), y: $1) },
          hasMarkers: labels.count <= 40, name: line.name)
      }, reference: 0.5, marked: marked)
    return Figure(
      title: "AUROC by block",
      caption:
        "How well FeatureNorm at each block tells in-distribution images from each OOD set; the line is at 0.5, "
        + "which is guessing. NormRatio should be largest where the mean is.",
      chart: chart.markup, legend: Legend(entries: lines.map { .init(name: $0.name, style: $0.style) }),
      table: table)
  }

  private var marked: (value: Double, name: String)? {
    comparison.blocks.firstIndex { $0.tensor == comparison.selected.tensor }
      .map { (Double($0), "selected") }
  }

  private var table: DataTable {
    var table = DataTable(
      caption: "NormRatio by kind of pseudo-OOD images, and AUROC in per cent by OOD set",
      columns: [.text("block")] + comparison.kinds.map { .number("NormRatio, \($0)") }
        + comparison.sets.map { .number($0) } + [.number("mean")])
    for (label, block) in zip(labels, comparison.blocks) {
      table.append(
        label,
        block.normRatios.map { Figures.decimal($0, 3) }
          + (block.aurocs + [block.meanAUROC]).map { Figures.decimal(100 * $0, 2) },
        isChosen: block.tensor == comparison.selected.tensor)
    }
    return table
  }

  /// What each kind of pseudo-OOD images would have selected, and what that costs.
  var predictions: Markup {
    var table = DataTable(
      caption:
        "How well each kind of pseudo-OOD images foretells the blocks' mean AUROC (Spearman's rank correlation)",
      columns: [
        .text("pseudo-OOD"), .number("rank correlation"), .text("selects"),
        .number("AUROC lost to the best block"),
      ])
    for kind in comparison.predictions {
      table.append(
        kind.kind,
        [
          Figures.decimal(kind.spearman, 2), kind.selected?.name ?? Numbers.none,
          Figures.decimal(kind.aurocLost.map { 100 * $0 }, 2),
        ])
    }
    return table.markup
  }
}

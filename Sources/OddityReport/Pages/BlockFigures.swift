import Oddity

/// NormRatio of every block, as a chart and as a table.
struct BlockFigures {
  let blocks: [BlockReport]
  let selected: SelectedBlock
  /// The kinds of pseudo-OOD images. The first one selects the block.
  let kinds: [Kind]

  /// The results of one kind of pseudo-OOD images for each block.
  struct Kind {
    let name: String
    /// NormRatio with its interval; nil if there is no number.
    let ratios: [(value: Double?, interval: [Double]?)]
  }

  var labels: [String] { blocks.map(\.label) }

  var chart: Figure {
    let ratios = kinds.flatMap { $0.ratios.flatMap { [$0.value].compactMap { $0 } + ($0.interval ?? []) } }
    let chart = Chart(
      title: "NormRatio by block",
      description: "NormRatio of \(blocks.count) blocks with 95 % intervals. Selected: \(selected.name), at "
        + "\(Figures.decimal(blocks[selected]?.normRatio, 3)).",
      horizontal: Axis("block", places: labels),
      vertical: Axis("NormRatio", domain: ClosedRange(covering: ratios + [1], margin: 0.06)),
      series: kinds.indices.map(series), reference: 1)
    return Figure(
      title: "NormRatio by block",
      caption:
        "How much larger FeatureNorm is on in-distribution images than on pseudo-OOD images made of them, "
        + "with 95 % intervals. At the line (1) both are equal. A ring marks the selected block.",
      chart: chart, table: kinds.count > 1 ? kindTable : nil)
  }

  /// Several kinds are drawn next to each other at a position.
  private func series(_ position: Int) -> Chart.Series {
    let shift = (Double(position) - Double(kinds.count - 1) / 2) * 0.7 / Double(kinds.count)
    let ratios = kinds[position].ratios.enumerated().map { (x: Double($0) + shift, ratio: $1) }
    return .init(
      name: kinds[position].name, style: .set(position),
      points: ratios.map { .init(x: $0.x, y: $0.ratio.value ?? .nan) },
      intervals: ratios.compactMap { x, ratio in
        guard let bounds = ratio.interval, bounds.count == 2 else { return nil }
        return .init(x: x, lower: bounds[0], upper: bounds[1])
      }, hasLine: false, hasMarkers: true,
      chosen: position == 0 ? blocks.firstIndex(where: isSelected) : nil, places: labels.map { "block \($0)" }
    )
  }

  /// If there is only one kind, the table of the blocks contains its numbers.
  private var kindTable: DataTable {
    let columns: [DataTable.Column<Int>] = kinds.map { kind in
      .number(kind.name) { position in
        let ratio = kind.ratios[position]
        return "\(Figures.decimal(ratio.value, 3)) (\(Figures.interval(ratio.interval, 3)))"
      }
    }
    return DataTable(
      "NormRatio (95 % interval) by block and kind of pseudo-OOD images", blocks.indices,
      [.text("block") { labels[$0] }] + columns, isChosen: { isSelected(blocks[$0]) })
  }

  var table: Markup {
    DataTable(
      "Blocks; the selected one is marked", blocks,
      [
        .text("block") { isSelected($0) ? $0.label + " (selected)" : $0.label },
        .text("tensor") { $0.tensor },
        .number("shape") { Numbers.shape(channels: $0.channels, positions: $0.positions) },
        .number("NormRatio") { Figures.decimal($0.normRatio, 3) },
        .number("95 % interval") { Figures.interval($0.normRatioCI95, 3) },
        .number("ratio of means") { Figures.decimal($0.normRatioOfMeans, 3) },
        .number("AUROC against pseudo-OOD") { Figures.decimal($0.aurocPseudo, 3) },
        .text("eligible") { $0.eligible ? "yes" : "no" },
        .number("share of FLOPs") { Figures.percent($0.flopsShare) },
      ], isChosen: isSelected
    ).markup
  }

  private func isSelected(_ block: BlockReport) -> Bool { block.tensor == selected.tensor }
}

extension BlockFigures.Kind {
  init(_ report: PseudoOODReport) {
    self.init(name: report.kind, ratios: report.blocks.map { ($0.normRatio, $0.normRatioCI95) })
  }
}

extension BlockRow {
  /// The name of a block below a chart.
  var label: String { index.map(String.init) ?? "named" }
}

extension [BlockReport] {
  /// The report of a selected block.
  subscript(block: SelectedBlock) -> BlockReport? { first { $0.tensor == block.tensor } }
}

import Oddity

/// NormRatio of every block, as a chart and as a table.
struct BlockFigures {
  private let blocks: [BlockReport]
  private let selected: SelectedBlock
  private let kinds: [Kind]

  /// What one kind of pseudo-OOD images says of each block.
  struct Kind {
    let name: String
    /// NormRatio with its interval; nil where there is no number.
    let ratios: [(value: Double?, interval: [Double]?)]

    init(name: String, ratios: [(value: Double?, interval: [Double]?)]) {
      (self.name, self.ratios) = (name, ratios)
    }

    /// The kind whose numbers are the blocks' own.
    init(name: String, blocks: [BlockReport]) {
      self.init(name: name, ratios: blocks.map { ($0.normRatio, $0.normRatioCI95) })
    }

    init(_ report: PseudoOODReport) {
      self.init(name: report.kind, ratios: report.blocks.map { ($0.normRatio, $0.normRatioCI95) })
    }
  }

  /// - Parameter kinds: the kind that selects, whose numbers are the blocks' own, first.
  init(_ blocks: [BlockReport], selected: SelectedBlock, kinds: [Kind]) {
    (self.blocks, self.selected, self.kinds) = (blocks, selected, kinds)
  }

  /// What blocks are called below a chart.
  static func labels(_ blocks: [some BlockRow]) -> [String] {
    blocks.map { $0.index.map(String.init) ?? "named" }
  }

  var chart: Figure {
    let chart = IntervalChart(
      title: "NormRatio by block",
      description: "NormRatio of \(blocks.count) blocks with 95 % intervals. \(selection)",
      places: Self.labels(blocks), placesTitle: "block", valuesTitle: "NormRatio", reference: 1,
      series: kinds.enumerated().map { series($1, at: $0) })
    return Figure(
      title: "NormRatio by block",
      caption:
        "How much larger FeatureNorm is on in-distribution images than on pseudo-OOD images made of them, "
        + "with 95 % intervals; the line is at 1, where both are alike. The selected block has a ring.",
      chart: chart.markup,
      legend: Legend(
        entries: kinds.enumerated().map { .init(name: $1.name, style: .set($0), hasLine: false) }),
      table: kindTable)
  }

  private func series(_ kind: Kind, at position: Int) -> IntervalChart.Series {
    let items = zip(blocks, kind.ratios).map { block, ratio in
      IntervalChart.Item(
        value: ratio.value, interval: ratio.interval,
        isChosen: position == 0 && block.tensor == selected.tensor)
    }
    return IntervalChart.Series(name: kind.name, style: .set(position), points: items)
  }

  /// Nil for one kind: the table of the blocks has its numbers.
  private var kindTable: DataTable? {
    guard kinds.count > 1 else { return nil }
    var table = DataTable(
      caption: "NormRatio (95 % interval) by block and kind of pseudo-OOD images",
      columns: [.text("block")] + kinds.map { .number($0.name) })
    for (position, label) in Self.labels(blocks).enumerated() {
      table.append(
        label,
        kinds.map { kind in
          let ratio = kind.ratios[position]
          return "\(Figures.decimal(ratio.value, 3)) (\(Figures.interval(ratio.interval, 3)))"
        }, isChosen: blocks[position].tensor == selected.tensor)
    }
    return table
  }

  var table: Markup {
    var table = DataTable(
      caption: "Blocks; the selected one is marked",
      columns: [
        .text("block"), .text("tensor"), .number("shape"), .number("NormRatio"), .number("95 % interval"),
        .number("ratio of means"), .number("AUROC against pseudo-OOD"), .text("eligible"),
        .number("share of FLOPs"),
      ])
    for (label, block) in zip(Self.labels(blocks), blocks) {
      let isSelected = block.tensor == selected.tensor
      table.append(
        isSelected ? label + " (selected)" : label,
        [
          block.tensor, Numbers.shape(channels: block.channels, positions: block.positions),
          Figures.decimal(block.normRatio, 3), Figures.interval(block.normRatioCI95, 3),
          Figures.decimal(block.normRatioOfMeans, 3), Figures.decimal(block.aurocPseudo, 3),
          block.eligible ? "yes" : "no", Figures.percent(block.flopsShare),
        ], isChosen: isSelected)
    }
    return table.markup
  }

  private var selection: String {
    let block = blocks.first { $0.tensor == selected.tensor }
    return "Selected: \(selected.name), at \(Figures.decimal(block?.normRatio, 3))."
  }
}

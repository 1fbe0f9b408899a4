import Oddity

extension PaperLayout {
  /// The results as a Markdown document: the paper's table, its intervals, and the blocks of each network.
  var markdown: String {
    let caption = caption(mark: "Bold").map(Markdown.escaped).joined(separator: " ")
    let methods = ["## Methods", table(cell), caption, "### 95 % intervals", table(intervals)]
    let spectrum = fullSpectrum.map { full in
      [
        "## Full spectrum", full.table(cell), full.shortCaption.map(Markdown.escaped).joined(separator: " "),
        "### 95 % intervals", full.table(intervals),
      ]
    }
    return (methods + (spectrum ?? []) + networks.flatMap(hindsight) + networks.flatMap(blocks))
      .map { $0.hasSuffix("\n") ? $0 : $0 + "\n" }.joined(separator: "\n")
  }

  private func hindsight(_ network: NetworkResults) -> [String] {
    guard let table = network.hindsight.map(HindsightTable.init) else { return [] }
    return [
      "## auto and hindsight on \(Markdown.escaped(network.name))",
      table.table(Markdown.escaped).markdown, table.caption,
    ]
  }

  /// The row of the selected block is bold.
  private func blocks(_ network: NetworkResults) -> [String] {
    guard let comparison = network.blocks else { return [] }
    let tables = BlockComparisonTables(comparison: comparison) { cells, isSelected in
      cells.map { isSelected ? "**\(Markdown.escaped($0))**" : Markdown.escaped($0) }
    }
    return [
      "## Blocks of \(Markdown.escaped(network.name))", tables.blocks.markdown,
      BlockComparisonTables.blocksCaption, tables.predictions.markdown,
      BlockComparisonTables.predictionsCaption,
    ]
  }

  private func table(_ cell: @escaping (MethodCell) -> String) -> String {
    table(names: Markdown.escaped, cells: cell).markdown
  }

  private func cell(_ cell: MethodCell) -> String {
    Self.numbers(cell).map { $0.isBest ? "**\($0.text)**" : $0.text }.joined(separator: "/")
  }

  /// The intervals of FPR95 and AUROC.
  private func intervals(_ cell: MethodCell) -> String {
    [cell.fpr95CI95, cell.aurocCI95].map { Numbers.interval($0?.map { 100 * $0 }, 2) }
      .joined(separator: " / ")
  }
}

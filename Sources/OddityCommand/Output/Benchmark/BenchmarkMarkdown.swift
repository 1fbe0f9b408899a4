import Oddity

/// A benchmark's results as a Markdown document: the paper's table, its intervals, and the blocks of each network.
struct BenchmarkMarkdown {
  private let networks: [NetworkResults]
  private let layout: PaperLayout

  /// - Parameter networks: at least one, all with the same OOD sets.
  init(_ networks: [NetworkResults]) {
    self.networks = networks
    layout = PaperLayout(networks)
  }

  var text: String {
    let caption = layout.caption(mark: "Bold").map(Markdown.escaped).joined(separator: " ")
    let methods = ["## Methods", table(cell), caption, "### 95 % intervals", table(intervals)]
    return (methods + networks.flatMap(blocks))
      .map { $0.hasSuffix("\n") ? $0 : $0 + "\n" }.joined(separator: "\n")
  }

  /// The selected block's row is bold.
  private func blocks(_ network: NetworkResults) -> [String] {
    guard let comparison = network.blocks else { return [] }
    let tables = BlockComparisonTables(comparison) { cells, isSelected in
      cells.map { isSelected ? "**\(Markdown.escaped($0))**" : Markdown.escaped($0) }
    }
    return [
      "## Blocks of \(Markdown.escaped(network.name))", tables.blocks.markdown,
      BlockComparisonTables.blocksCaption, tables.predictions.markdown,
      BlockComparisonTables.predictionsCaption,
    ]
  }

  private func table(_ cell: (MethodCell) -> String) -> String {
    layout.table(names: Markdown.escaped, cells: cell).markdown
  }

  private func cell(_ cell: MethodCell) -> String {
    PaperLayout.numbers(cell).map { $0.isBest ? "**\($0.text)**" : $0.text }.joined(separator: "/")
  }

  private func intervals(_ cell: MethodCell) -> String {
    PaperLayout.intervals(cell).joined(separator: " / ")
  }
}

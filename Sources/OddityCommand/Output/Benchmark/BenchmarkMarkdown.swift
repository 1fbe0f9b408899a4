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
    let caption = layout.caption(mark: "Bold").map(MarkdownTable.escaped).joined(separator: " ")
    return (["## Methods", table(cell), caption, "### 95 % intervals", table(intervals)] + blocks)
      .map { $0.hasSuffix("\n") ? $0 : $0 + "\n" }.joined(separator: "\n")
  }

  private var blocks: [String] {
    networks.flatMap { network in
      network.blocks.map { comparison in
        let tables = BlockComparisonTables(comparison)
        return [
          "## Blocks of \(MarkdownTable.escaped(network.name))", markdown(tables.blocks),
          BlockComparisonTables.blocksCaption, markdown(tables.predictions),
          BlockComparisonTables.predictionsCaption,
        ]
      } ?? []
    }
  }

  private func table(_ write: (MethodCell) -> String) -> String {
    var table = MarkdownTable(
      [.left("network"), .left("method")] + layout.columns.map { .right($0) })
    for group in layout.groups {
      for (position, row) in group.rows.enumerated() {
        let names = [position == 0 ? group.network : "", row.method].map(MarkdownTable.escaped)
        table.append(names + row.cells.map(write))
      }
    }
    return table.text
  }

  private func cell(_ cell: MethodCell) -> String {
    PaperLayout.numbers(cell).map { $0.isBest ? "**\($0.text)**" : $0.text }.joined(separator: "/")
  }

  private func intervals(_ cell: MethodCell) -> String {
    PaperLayout.intervals(cell).joined(separator: " / ")
  }

  /// The selected block's row, where there is one, is bold.
  private func markdown(_ content: BlockComparisonTables.Content) -> String {
    var table = MarkdownTable(content.columns)
    for row in content.rows {
      let cells = row.cells.map(MarkdownTable.escaped)
      table.append(row.isSelected ? cells.map { "**\($0)**" } : cells)
    }
    return table.text
  }
}

import Oddity

/// A benchmark's results for a terminal: the paper's table and the blocks of each network.
struct BenchmarkText {
  private let networks: [NetworkResults]
  private let layout: PaperLayout

  /// - Parameter networks: at least one, all with the same OOD sets.
  init(_ networks: [NetworkResults]) {
    self.networks = networks
    layout = PaperLayout(networks)
  }

  var text: String {
    ([methods, layout.caption(mark: "*").map { $0 + "\n" }.joined()] + blocks).joined(separator: "\n")
  }

  private var methods: String {
    var table = TextTable([.left("network"), .left("method")] + layout.columns.map { .right($0) })
    for group in layout.groups {
      for (position, row) in group.rows.enumerated() {
        table.append([position == 0 ? group.network : "", row.method] + row.cells.map(cell))
      }
    }
    return table.text
  }

  /// The best number of a column has a star, the others a space, so that digits stay in line.
  private func cell(_ cell: MethodCell) -> String {
    PaperLayout.numbers(cell).map { $0.text + ($0.isBest ? "*" : " ") }.joined(separator: "/ ")
  }

  private var blocks: [String] {
    networks.flatMap { network in
      network.blocks.map { comparison in
        let tables = BlockComparisonTables(comparison)
        return ["blocks of \(network.name)\n", plain(tables.blocks), plain(tables.predictions)]
      } ?? []
    }
  }

  private func plain(_ content: BlockComparisonTables.Content) -> String {
    var table = TextTable(content.columns)
    for row in content.rows {
      table.append([(row.isSelected ? "* " : "") + row.cells[0]] + row.cells.dropFirst())
    }
    return table.text
  }
}

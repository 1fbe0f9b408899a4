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
    let methods = layout.table(cells: cell).text
    let caption = layout.caption(mark: "*").map { $0 + "\n" }.joined()
    let blocks = networks.compactMap { network in
      network.blocks.map { comparison in
        let tables = BlockComparisonTables(comparison) { cells, isSelected in
          isSelected ? ["* " + cells[0]] + cells.dropFirst() : cells
        }
        return ["blocks of \(network.name)\n", tables.blocks.text, tables.predictions.text]
      }
    }
    return ([methods, caption] + blocks.joined()).joined(separator: "\n")
  }

  /// The best number of a column has a star, the others a space, so that digits stay in line.
  private func cell(_ cell: MethodCell) -> String {
    PaperLayout.numbers(cell).map { $0.text + ($0.isBest ? "*" : " ") }.joined(separator: "/ ")
  }
}

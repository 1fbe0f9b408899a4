import Oddity

extension PaperLayout {
  /// The results for a terminal: the paper's table and the blocks of each network.
  var text: String {
    let caption = caption(mark: "*").map { $0 + "\n" }.joined()
    let blocks = networks.compactMap { network in
      network.blocks.map { comparison in
        let tables = BlockComparisonTables(comparison) { cells, isSelected in
          isSelected ? ["* " + cells[0]] + cells.dropFirst() : cells
        }
        return ["blocks of \(network.name)\n", tables.blocks.text, tables.predictions.text]
      }
    }
    return ([table(cells: cell).text, caption] + blocks.joined()).joined(separator: "\n")
  }

  /// The best number of a column has a star, the others a space, so that digits stay in line.
  private func cell(_ cell: MethodCell) -> String {
    Self.numbers(cell).map { $0.text + ($0.isBest ? "*" : " ") }.joined(separator: "/ ")
  }
}

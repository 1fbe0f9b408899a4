import Oddity

/// Networks' tables as one in the paper's layout: rows methods, columns sets, then averages, cells FPR95/AUROC.
///
/// This is the part that every format shares; a format says how a cell, a name and a rule are written.
struct PaperLayout {
  struct Row {
    /// The network's, in its first row only, and the method's.
    let names: [String]
    /// One for each column.
    let cells: [MethodCell]
  }

  /// The sets' names, the groups that have an average, and the average of all sets.
  let columns: [String]
  /// The rows of each network.
  let groups: [[Row]]
  let networks: [NetworkResults]
  private let isFullSpectrum: Bool

  /// - Parameters:
  ///   - networks: at least one, all with the same OOD sets.
  ///   - isFullSpectrum: whether shifted images count as ID images.
  init(_ networks: [NetworkResults], isFullSpectrum: Bool = false) {
    let sets = networks[0].table.sets.map(\.name)
    precondition(networks.allSatisfy { $0.table.sets.map(\.name) == sets }, "the same OOD sets")
    (self.networks, self.isFullSpectrum) = (networks, isFullSpectrum)
    columns = sets + (networks[0].table.methods.first?.groups.map(\.name) ?? []) + ["average"]
    groups = networks.map { network in
      let accuracy =
        network.idAccuracy.map { " (accuracy \(Numbers.percent($0, 2))\(network.labelled))" } ?? ""
      return network.table.methods.enumerated().map { position, method in
        Row(
          names: [position == 0 ? network.name + accuracy : "", method.name],
          cells: method.cells)
      }
    }
  }

  /// All rows as a table.
  ///
  /// - Parameters:
  ///   - names: how the format writes a name.
  ///   - cells: how it writes a cell.
  func table(
    names: @escaping (String) -> String = { $0 }, cells: @escaping (MethodCell) -> String
  ) -> Table {
    let numbers: [Table.Column<Row>] = columns.enumerated().map { column, title in
      .number(title) { cells($0.cells[column]) }
    }
    return Table(
      groups.joined(),
      [.text("network") { names($0.names[0]) }, .text("method") { names($0.names[1]) }] + numbers)
  }

  /// What the numbers are, in plain sentences.
  ///
  /// - Parameter mark: how the format marks the best number of a column.
  func caption(mark: String) -> [String] {
    let table = networks[0].table
    let sentences = [
      "FPR95/AUROC in per cent.",
      "FPR95 (fpr95): share of OOD images accepted when 95 % of ID images are accepted, as in the paper. "
        + "It is not OpenOOD's FPR95 (fpr95_openood in the CSV and JSON files): share of ID images flagged when 95 % "
        + "of OOD images are caught.",
      "\(mark): best of its column, where the paired difference to every other method has a 95 % interval without "
        + "zero (bootstrap over images, \(table.resamples) resamples, seed \(table.seed)).",
    ]
    return (isFullSpectrum ? [Self.spectrumCaption] : []) + sentences + autoChoices + counts
  }

  /// What is new where the whole caption stands already.
  var shortCaption: [String] { [Self.spectrumCaption] + counts }

  /// The same of the full spectrum; nil where there are no shifted images.
  var fullSpectrum: PaperLayout? {
    let networks = networks.compactMap(\.ofFullSpectrum)
    return networks.isEmpty ? nil : PaperLayout(networks, isFullSpectrum: true)
  }

  private static let spectrumCaption =
    "Full spectrum: ID images are those of id.evaluate and the shifted ones together, as in OpenOOD."

  /// A cell's two numbers: FPR95 before AUROC, each with whether it is the best of its column.
  static func numbers(_ cell: MethodCell) -> [(text: String, isBest: Bool)] {
    [
      (Numbers.fixed(100 * cell.metrics.fpr95, 2), cell.bestFPR95),
      (Numbers.fixed(100 * cell.metrics.auroc, 2), cell.bestAUROC),
    ]
  }

  /// Which score the row `auto` is, network by network.
  private var autoChoices: [String] {
    let choices = networks.compactMap { network in
      network.autoChoice.map { "\($0.title) on \(network.name)" }
    }
    return choices.isEmpty ? [] : ["auto chose \(choices.joined(separator: ", "))."]
  }

  /// How many images there are: said once where all networks have the same.
  private var counts: [String] {
    let counts = networks.map { network in
      let sets = network.table.sets.map { "\($0.name) \($0.images)" }.joined(separator: ", ")
      let shifted = network.shifted.map { set in
        let accuracy = set.accuracy.map { " (accuracy \(Numbers.percent($0, 2)))" } ?? ""
        return "\(set.name) \(set.images)\(accuracy)"
      }
      return "Images: ID \(network.table.idImages), \(sets)."
        + (shifted.isEmpty ? "" : " Among the ID images: \(shifted.joined(separator: ", ")).")
    }
    guard Set(counts).count > 1 else { return Array(counts.prefix(1)) }
    return zip(networks, counts).map { "\($0.name): \($1)" }
  }
}

extension PaperLayout {
  /// The results for a terminal: the paper's table and the blocks of each network.
  var text: String {
    let caption = caption(mark: "*").map { $0 + "\n" }.joined()
    let blocks = networks.compactMap { network in
      network.blocks.map { comparison in
        let tables = BlockComparisonTables(comparison: comparison) { cells, isSelected in
          isSelected ? ["* " + cells[0]] + cells.dropFirst() : cells
        }
        return ["blocks of \(network.name)\n", tables.blocks.text, tables.predictions.text]
      }
    }
    let spectrum = fullSpectrum.map {
      ["full spectrum\n", $0.table(cells: cell).text, $0.shortCaption.map { $0 + "\n" }.joined()]
    }
    return ([table(cells: cell).text, caption] + (spectrum ?? []) + blocks.joined()).joined(separator: "\n")
  }

  /// The best number of a column has a star, the others a space, so that digits stay in line.
  private func cell(_ cell: MethodCell) -> String {
    Self.numbers(cell).map { $0.text + ($0.isBest ? "*" : " ") }.joined(separator: "/ ")
  }
}

extension NetworkResults {
  /// Of how many images an accuracy is, where not all have a known class.
  fileprivate var labelled: String {
    idAccuracyImages == table.idImages ? "" : " of \(idAccuracyImages) images whose class is known"
  }
}

import Oddity

/// The tables of several networks as one table in the paper's layout. Rows are methods, columns are sets and
/// then averages, and each cell is FPR95/AUROC.
///
/// All formats share this type. Each format decides how to write a cell, a name and a rule.
struct PaperLayout {
  struct Row {
    /// The name of the network, in its first row only, and the name of the method.
    let names: [String]
    /// One for each column.
    let cells: [MethodCell]
  }

  /// The names of the sets, of the groups that have an average, and of the average of all sets.
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
  ///   - names: formats a name.
  ///   - cells: formats a cell.
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

  /// Explains the numbers in plain sentences.
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

  /// The part of the caption that is new if the whole caption was printed before.
  var shortCaption: [String] { [Self.spectrumCaption] + counts }

  /// The layout of the full spectrum, or nil if there are no shifted images.
  var fullSpectrum: PaperLayout? {
    let networks = networks.compactMap(\.ofFullSpectrum)
    return networks.isEmpty ? nil : PaperLayout(networks, isFullSpectrum: true)
  }

  private static let spectrumCaption =
    "Full spectrum: ID images are those of id.evaluate and the shifted ones together, as in OpenOOD."

  /// FPR95 and AUROC of a cell, each with whether it is the best of its column.
  static func numbers(_ cell: MethodCell) -> [(text: String, isBest: Bool)] {
    [
      (Numbers.fixed(100 * cell.metrics.fpr95, 2), cell.bestFPR95),
      (Numbers.fixed(100 * cell.metrics.auroc, 2), cell.bestAUROC),
    ]
  }

  /// The score that `auto` chose for each network.
  private var autoChoices: [String] {
    let choices = networks.compactMap { network in
      network.autoChoice.map { "\($0.title) on \(network.name)" }
    }
    return choices.isEmpty ? [] : ["auto chose \(choices.joined(separator: ", "))."]
  }

  /// The numbers of images, printed once if all networks have the same.
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
  /// The results for a terminal: the paper's table, and the blocks of each network.
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

  /// Marks the best number of a column with a star and the others with a space, so that digits stay aligned.
  private func cell(_ cell: MethodCell) -> String {
    Self.numbers(cell).map { $0.text + ($0.isBest ? "*" : " ") }.joined(separator: "/ ")
  }
}

extension NetworkResults {
  /// The number of images with a known class, if not all images have one.
  fileprivate var labelled: String {
    idAccuracyImages == table.idImages ? "" : " of \(idAccuracyImages) images whose class is known"
  }
}

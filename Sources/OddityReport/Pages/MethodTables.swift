import Oddity

/// The methods on OOD sets for one network: the paper's table, and all numbers with intervals.
struct MethodTables {
  let name: String
  let table: MethodTable

  /// FPR95 / AUROC, with the significantly best ones in bold.
  var overview: Markup {
    let sets = table.sets.map { "\($0.name) (\(Figures.count($0.images)))" }
    let headings = sets + (table.methods.first?.cells.dropFirst(sets.count).map(\.name) ?? [])
    let columns: [DataTable.Column<MethodRow>] = headings.enumerated().map { set, heading in
      .number(heading) { pair($0.cells[set]) }
    }
    return DataTable(
      "\(name): FPR95 / AUROC, in per cent, on \(Figures.count(table.idImages, "ID image")); bold if it is "
        + "significantly better than every other method",
      table.methods, [.text("method") { $0.name }] + columns
    ).markup
  }

  /// All numbers, with bootstrap intervals.
  var intervals: Markup {
    let rows = table.methods.flatMap { method in
      method.cells.map { (method: method.name, set: $0.name, cell: $0) }
    }
    let table = DataTable(
      "All numbers, in per cent, with 95 % intervals of \(Figures.count(table.resamples)) bootstrap "
        + "resamples of the images; FPR95 (OpenOOD) is the share of ID images that are flagged when 95 % of "
        + "OOD images are flagged",
      rows,
      [
        .text("method") { $0.method }, .text("set") { $0.set },
        .number("AUROC") { Figures.perCent($0.cell.metrics.auroc) },
        .number("95 % interval") { Figures.perCent($0.cell.aurocCI95) },
        .number("FPR95") { Figures.perCent($0.cell.metrics.fpr95) },
        .number("95 % interval") { Figures.perCent($0.cell.fpr95CI95) },
        .number("FPR95 (OpenOOD)") { Figures.perCent($0.cell.metrics.fpr95OpenOOD) },
        .number("AUPR (ID)") { Figures.perCent($0.cell.metrics.auprIn) },
        .number("AUPR (OOD)") { Figures.perCent($0.cell.metrics.auprOut) },
      ])
    return Page.folded("All numbers with intervals (\(name))", [table.markup])
  }

  private func pair(_ cell: MethodCell) -> Markup {
    .group([
      number(cell.metrics.fpr95, isBest: cell.bestFPR95), .text(" / "),
      number(cell.metrics.auroc, isBest: cell.bestAUROC),
    ])
  }

  private func number(_ share: Double, isBest: Bool) -> Markup {
    isBest ? .element("strong", [:], Figures.perCent(share)) : .text(Figures.perCent(share))
  }
}

extension DetectionMetrics {
  /// Explains the two numbers of every comparison.
  static let meaning = Page.paragraph(
    "FPR95 is the share of OOD images that are accepted when 95 % of in-distribution images are accepted "
      + "(lower is better); AUROC is the chance that an in-distribution image scores higher than an OOD "
      + "image (higher is better, 50 % is guessing).")

  /// States which method has the best mean.
  func best(of name: String) -> String {
    "The best mean AUROC is that of \(name): \(Figures.percent(auroc, 2)), with a mean FPR95 of "
      + "\(Figures.percent(fpr95, 2))."
  }
}

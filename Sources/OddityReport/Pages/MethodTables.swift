import Oddity

/// Methods against OOD sets on one network: the paper's layout, and every number with its interval.
struct MethodTables {
  let name: String
  let table: MethodTable

  init(name: String, table: MethodTable) {
    (self.name, self.table) = (name, table)
  }

  init(_ network: BenchmarkedNetwork) {
    self.init(name: network.name, table: network.report.table)
  }

  /// FPR95 / AUROC, the significantly best in bold.
  var overview: Markup {
    let sets = table.sets.map { "\($0.name) (\(Figures.count($0.images)))" }
    var rows = DataTable(
      caption:
        "\(name): FPR95 / AUROC, in per cent, on \(Figures.count(table.idImages, "ID image")); bold where it is "
        + "better than every other method's beyond chance",
      columns: [.text("method")] + (sets + ["mean"]).map { .number($0) })
    for method in table.methods {
      rows.append(method.name, (method.ood + [method.mean]).map(pair))
    }
    return rows.markup
  }

  /// All numbers, with bootstrap intervals.
  var intervals: Markup {
    var rows = DataTable(
      caption:
        "All numbers, in per cent, with 95 % intervals of \(Figures.count(table.resamples)) bootstrap resamples of "
        + "the images; FPR95 (OpenOOD) is the share of ID images flagged where 95 % of OOD images are",
      columns: [
        .text("method"), .text("set"), .number("AUROC"), .number("95 % interval"), .number("FPR95"),
        .number("95 % interval"), .number("FPR95 (OpenOOD)"), .number("AUPR (ID)"), .number("AUPR (OOD)"),
      ])
    for method in table.methods {
      for (set, cell) in zip(table.sets.map(\.name) + ["mean"], method.ood + [method.mean]) {
        rows.append(method.name, [.name(set)] + numbers(cell).map { .text($0) })
      }
    }
    return Page.folded("All numbers with intervals", [rows.markup])
  }

  private func pair(_ cell: MethodCell) -> Markup {
    .group([
      number(cell.metrics.fpr95, isBest: cell.bestFPR95), .text(" / "),
      number(cell.metrics.auroc, isBest: cell.bestAUROC),
    ])
  }

  private func number(_ share: Double, isBest: Bool) -> Markup {
    isBest ? .element("strong", [:], percent(share)) : .text(percent(share))
  }

  private func numbers(_ cell: MethodCell) -> [String] {
    let metrics = cell.metrics
    return [
      percent(metrics.auroc), interval(cell.aurocCI95), percent(metrics.fpr95), interval(cell.fpr95CI95),
      percent(metrics.fpr95OpenOOD), percent(metrics.auprIn), percent(metrics.auprOut),
    ]
  }

  private func percent(_ share: Double) -> String { Figures.decimal(100 * share, 2) }

  private func interval(_ bounds: [Double]?) -> String {
    Figures.interval(bounds?.map { 100 * $0 }, 2)
  }
}

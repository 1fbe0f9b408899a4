import Oddity

/// What an evaluation found, in plain words and in tables.
struct EvaluationSummaryText {
  private let reports: [DetectorReport]

  init(_ reports: [DetectorReport]) {
    self.reports = reports
  }

  var title: String {
    let names = Set(reports.map(\.name)).sorted()
    return "Evaluation of " + (names.count == 1 ? names[0] : Figures.count(names.count, "model"))
  }

  var markup: [Markup] {
    reports.filter { $0.idFlagged != nil }.map { Page.paragraph(verdicts($0)) }
      + (best.map { [Page.paragraph($0)] } ?? [])
      + [
        Page.paragraph(
          "FPR95 is the share of OOD images that are accepted where 95 % of in-distribution images are (lower is "
            + "better); AUROC is the chance that an in-distribution image scores higher than an OOD image (higher is "
            + "better, 50 % is guessing).")
      ]
  }

  /// The paper's layout, and then every number.
  var tables: [Markup] { [overview] + [details] }

  private func verdicts(_ report: DetectorReport) -> String {
    let sets = report.ood.map { "\(Figures.percent($0.flagged)) of \($0.name)" }.joined(separator: ", ")
    let accuracy = report.idAccuracy.map { " (accuracy \(Figures.percent($0, 2)))" } ?? ""
    return "\(report.name) (\(report.score)) flags \(Figures.percent(report.idFlagged)) of "
      + "\(Figures.count(report.idImages, "in-distribution image"))\(accuracy) as outliers"
      + (sets.isEmpty ? "." : ", and \(sets).")
  }

  /// Nil where there is nothing to compare.
  private var best: String? {
    guard reports.count > 1, let best = reports.max(by: { $0.mean.auroc < $1.mean.auroc }) else { return nil }
    return
      "The best mean AUROC is that of \(best.name) (\(best.score)): \(Figures.percent(best.mean.auroc, 2)), with a "
      + "mean FPR95 of \(Figures.percent(best.mean.fpr95, 2))."
  }

  private var hasOneModel: Bool { Set(reports.map(\.name)).count == 1 }

  /// A table with a row for each score of each model; the model is named where there are several.
  private func table(_ caption: String, _ columns: [DataTable.Column]) -> DataTable {
    let about: [DataTable.Column] =
      hasOneModel ? [.text("score")] : [.text("model"), .text("score")]
    return DataTable(caption: caption, columns: about + columns)
  }

  private func append(_ cells: [String], of report: DetectorReport, to table: inout DataTable) {
    if hasOneModel {
      table.append(report.score, cells)
    } else {
      table.append(report.name, [report.score] + cells)
    }
  }

  private var overview: Markup {
    let sets = reports.first?.ood.map { "\($0.name) (\(Figures.count($0.images)))" } ?? []
    var table = table("FPR95 / AUROC, in per cent", (sets + ["mean"]).map { .number($0) })
    for report in reports {
      let cells = (report.ood.map(\.metrics) + [report.mean]).map {
        "\(percent($0.fpr95)) / \(percent($0.auroc))"
      }
      append(cells, of: report, to: &table)
    }
    return table.markup
  }

  private var details: Markup {
    var table = table(
      "All numbers, in per cent; FPR95 (OpenOOD) is the share of in-distribution images flagged where 95 % of OOD "
        + "images are",
      [
        .text("set"), .number("images"), .number("flagged"), .number("AUROC"), .number("FPR95"),
        .number("FPR95 (OpenOOD)"), .number("AUPR (ID)"), .number("AUPR (OOD)"),
      ])
    for report in reports {
      for set in report.ood {
        let flagged = set.flagged.map(percent) ?? Numbers.none
        append(
          [set.name, Figures.count(set.images), flagged] + numbers(set.metrics), of: report, to: &table)
      }
      append(["mean", Numbers.none, Numbers.none] + numbers(report.mean), of: report, to: &table)
    }
    return table.markup
  }

  private func numbers(_ metrics: MetricValues) -> [String] {
    [metrics.auroc, metrics.fpr95, metrics.fpr95OpenOOD, metrics.auprIn, metrics.auprOut].map(percent)
  }

  private func percent(_ share: Double) -> String { Figures.decimal(100 * share, 2) }
}

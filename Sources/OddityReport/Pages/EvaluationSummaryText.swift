import Oddity

/// The result of an evaluation in plain words and in tables.
struct EvaluationSummaryText {
  let reports: [DetectorReport]

  private var names: [String] { Set(reports.map(\.name)).sorted() }

  var title: String {
    "Evaluation of " + (names.count == 1 ? names[0] : Figures.count(names.count, "model"))
  }

  var markup: [Markup] {
    let best = reports.count > 1 ? reports.max { $0.mean.auroc < $1.mean.auroc } : nil
    return reports.filter { $0.idFlagged != nil }.map { Page.paragraph(verdicts($0)) }
      + (best.map { [Page.paragraph($0.mean.best(of: "\($0.name) (\($0.score))"))] } ?? [])
      + [DetectionMetrics.meaning]
  }

  private func verdicts(_ report: DetectorReport) -> String {
    let sets = report.ood.map { "\(Figures.percent($0.flagged)) of \($0.name)" }.joined(separator: ", ")
    return "\(report.name) (\(report.score)) flags \(Figures.percent(report.idFlagged)) of "
      + "\(Figures.count(report.idImages, "in-distribution image"))\(Figures.accuracy(report.idAccuracy)) as outliers"
      + (sets.isEmpty ? "." : ", and \(sets).")
  }

  /// The paper's table, and then all numbers.
  var tables: [Markup] { [overview, details] + selective + shifted }

  /// The subject of a row: a score, with its model if there are several.
  private func subject<Row>(_ report: @escaping (Row) -> DetectorReport) -> [DataTable.Column<Row>] {
    (names.count > 1 ? [.text("model") { report($0).name }] : []) + [.text("score") { report($0).score }]
  }

  private var overview: Markup {
    let sets = reports.first?.ood.map { "\($0.name) (\(Figures.count($0.images)))" } ?? []
    let numbers: [DataTable.Column<DetectorReport>] = (sets + ["mean"]).enumerated().map { set, heading in
      .number(heading) { report in
        let metrics = (report.ood.map(\.metrics) + [report.mean])[set]
        return "\(Figures.perCent(metrics.fpr95)) / \(Figures.perCent(metrics.auroc))"
      }
    }
    return DataTable("FPR95 / AUROC, in per cent", reports, subject { $0 } + numbers).markup
  }

  /// Selective prediction, if true classes are known.
  private var selective: [Markup] {
    let known = reports.filter { $0.selective != nil }
    guard let first = known.first else { return [] }
    func areas(_ found: RiskCoverage?) -> String {
      "\(Figures.decimal(found.map { 1000 * $0.aurc }, 1)) / \(Figures.decimal(found.map { 1000 * $0.augrc }, 1))"
    }
    let sets: [DataTable.Column<DetectorReport>] = first.ood.enumerated().map { set, one in
      .number("ID and \(one.name)") { areas($0.ood[set].selective) }
    }
    let table = DataTable(
      "Selective prediction: AURC / AUGRC, in thousandths; lower is better. An accepted OOD image counts as "
        + "a wrong answer",
      known,
      subject { $0 } + [.number("ID") { areas($0.selective) }] + sets)
    return [table.markup] + known.compactMap(accepted)
  }

  private func accepted(_ report: DetectorReport) -> Markup? {
    guard let shares = report.accepted, shares.contains(where: { $0.accuracy != nil }) else { return nil }
    return DataTable(
      "In-distribution images that \(report.name) (\(report.score)) accepts, by false-alarm rate", shares,
      [
        .number("false-alarm rate") { Figures.percent($0.alpha, 0) },
        .number("accepted") { Figures.percent($0.coverage) },
        .number("accuracy of these") { Figures.percent($0.accuracy) },
      ]
    ).markup
  }

  private var shifted: [Markup] {
    let rows = reports.flatMap { report in (report.shifted ?? []).map { (report: report, set: $0) } }
    guard !rows.isEmpty else { return [] }
    return [
      DataTable(
        "Shifted in-distribution images", rows,
        [
          .text("set") { "\($0.set.name) (\(Figures.count($0.set.images)))" },
          .text("model") { $0.report.name },
          .number("accuracy") { Figures.percent($0.set.accuracy) },
          .number("lost") { Figures.percent($0.set.accuracyLost) },
          .number("flagged") { Figures.percent($0.set.flagged) },
          .number("accuracy on accepted images") { Figures.percent($0.set.accuracyOfAccepted) },
        ]
      ).markup
    ]
  }

  /// One set, or the mean of all.
  private struct Row {
    let report: DetectorReport
    var one: SetReport?

    var metrics: DetectionMetrics { one?.metrics ?? report.mean }
  }

  private var details: Markup {
    let rows = reports.flatMap { report in
      report.ood.map { Row(report: report, one: $0) } + [Row(report: report)]
    }
    return DataTable(
      "All numbers, in per cent; FPR95 (OpenOOD) is the share of in-distribution images that are flagged "
        + "when 95 % of OOD images are flagged", rows,
      subject { $0.report } + [
        .text("set") { $0.one?.name ?? "mean" },
        .number("images") { $0.one.map { Figures.count($0.images) } ?? Numbers.none },
        .number("flagged") { Figures.perCent($0.one?.flagged) },
        .number("AUROC") { Figures.perCent($0.metrics.auroc) },
        .number("FPR95") { Figures.perCent($0.metrics.fpr95) },
        .number("FPR95 (OpenOOD)") { Figures.perCent($0.metrics.fpr95OpenOOD) },
        .number("AUPR (ID)") { Figures.perCent($0.metrics.auprIn) },
        .number("AUPR (OOD)") { Figures.perCent($0.metrics.auprOut) },
      ]
    ).markup
  }
}

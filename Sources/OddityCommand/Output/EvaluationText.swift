import Oddity

extension EvaluationReport {
  /// The layout of the paper's tables: FPR95 / AUROC in per cent, with the mean at the end.
  var text: String {
    let sets = detectors.first?.ood.map { "\($0.name) (\($0.images))" } ?? []
    let metrics: [Table.Column<DetectorReport>] = (sets + ["mean"]).enumerated().map { set, title in
      .number(title) { cell(($0.ood.map(\.metrics) + [$0.mean])[set]) }
    }
    let table = Table(detectors, [.text("model") { $0.name }, .text("score") { $0.score }] + metrics)
    let flagged = detectors.filter { $0.idFlagged != nil }.map(summary)
    return "FPR95 / AUROC, in per cent\n\n" + table.text + "\n" + flagged.joined() + selectiveText
      + shiftedText
  }

  /// Selective prediction, if true classes are known.
  private var selectiveText: String {
    let known = detectors.filter { $0.selective != nil }
    guard !known.isEmpty else { return "" }
    let sets = known[0].ood.map(\.name)
    func areas(_ found: RiskCoverage?) -> String {
      found.map { Numbers.fixed(1000 * $0.aurc, 1) + " / " + Numbers.fixed(1000 * $0.augrc, 1) }
        ?? Numbers.none
    }
    let columns: [Table.Column<DetectorReport>] = sets.enumerated().map { set, title in
      .number("ID and \(title)") { areas($0.ood[set].selective) }
    }
    let table = Table(
      known,
      [.text("model") { $0.name }, .text("score") { $0.score }, .number("ID") { areas($0.selective) }]
        + columns)
    return "\nSelective prediction: AURC / AUGRC, in thousandths; lower is better\n\n" + table.text
      + known.compactMap(acceptedText).joined()
  }

  private func acceptedText(_ detector: DetectorReport) -> String? {
    guard let accepted = detector.accepted, accepted.contains(where: { $0.accuracy != nil }) else {
      return nil
    }
    let shares = accepted.map { share in
      "\(Numbers.percent(share.accuracy)) at \(Numbers.percent(share.alpha, 0))"
    }
    return
      "\n\(detector.name) (\(detector.score)), accuracy of the accepted ID images by false-alarm rate: \(shares.joined(separator: ", "))\n"
  }

  private var shiftedText: String {
    let rows = detectors.flatMap { detector in (detector.shifted ?? []).map { (detector, $0) } }
    guard !rows.isEmpty else { return "" }
    return "\nShifted images\n\n"
      + Table(
        rows,
        [
          .text("model") { $0.0.name }, .text("set") { "\($0.1.name) (\($0.1.images))" },
          .number("accuracy") { Numbers.percent($0.1.accuracy) },
          .number("lost") { Numbers.percent($0.1.accuracyLost) },
          .number("flagged") { Numbers.percent($0.1.flagged) },
          .number("accuracy of the accepted") { Numbers.percent($0.1.accuracyOfAccepted) },
        ]
      ).text
  }

  private func cell(_ metrics: DetectionMetrics) -> String {
    Numbers.fixed(100 * metrics.fpr95, 2) + " / " + Numbers.fixed(100 * metrics.auroc, 2)
  }

  private func summary(_ detector: DetectorReport) -> String {
    let sets = detector.ood.map { "\(Numbers.percent($0.flagged)) of \($0.name)" }.joined(separator: ", ")
    let labelled =
      detector.idAccuracyImages < detector.idImages
      ? " of the \(detector.idAccuracyImages) images with a known class" : ""
    let accuracy = detector.idAccuracy.map { ", accuracy \(Numbers.percent($0, 2))\(labelled)" } ?? ""
    return
      "\(detector.name) (\(detector.score)) flags \(Numbers.percent(detector.idFlagged)) of \(detector.idImages) ID images"
      + "\(accuracy); \(sets)\n"
  }
}

import Oddity

extension AutoReport {
  /// The number of candidates that are shown at once. All of them are in a folded part.
  private static let shown = 10

  /// The choice of `auto` and its reasons: the candidates on pseudo-OOD images, and the choices of other
  /// criteria.
  var markup: [Markup] {
    if let fallback {
      return [Page.paragraph("auto chose the score \(chosen.title) without a comparison: \(fallback).")]
    }
    let count = ranking.count
    let first = candidates(
      ranking.prefix(Self.shown),
      caption: "The best candidates by \(criterion.rawValue) of the select part against pseudo-OOD images")
    let all = candidates(ranking[...], caption: "All candidates by \(criterion.rawValue)")
    let choices = DataTable(
      "What each criterion would have chosen", choices,
      [.text("criterion") { $0.criterion.rawValue }, .text("score") { $0.title }],
      isChosen: { $0.criterion == criterion })
    return [Page.paragraph(reason), first]
      + (count > Self.shown ? [Page.folded("All \(count) candidates", [all])] : []) + [choices.markup]
  }

  private var reason: String {
    let reversed = ranking.count { $0.reversed }
    let leftOut = leftOut.map { "\($0.name) (\($0.reason))" }
    let kinds = kinds.joined(separator: ", ")
    return
      "auto chose the score \(chosen.title): of all candidates it has the best \(criterion.rawValue) for "
      + "images of the select part against pseudo-OOD images made from them (\(kinds)). No OOD image was used. "
      + (bestSingle.map {
        "The fusion is evaluated on each kind of pseudo-OOD image after learning from the other kinds only. "
          + "Single scores, chosen and evaluated in the same way, reach \(Figures.decimal($0, 3)). "
      } ?? "")
      + "\(Figures.count(reversed)) of \(Figures.count(ranking.count, "candidate")) are reversed (pseudo-OOD images "
      + "score higher than images on average); such scores are never chosen."
      + (leftOut.isEmpty ? "" : " Left out: \(leftOut.joined(separator: "; ")).")
  }

  private func candidates(_ ranking: ArraySlice<Candidate>, caption: String) -> Markup {
    var columns: [DataTable.Column<Candidate>] = [
      .text("score") { $0.title },
      .number(criterion.rawValue) { Figures.decimal($0.value, 3) },
    ]
    columns += kinds.enumerated().map { kind, name in
      .number("AUROC \(name)") { Figures.decimal($0.aurocs[kind], 3) }
    }
    columns += kinds.enumerated().map { kind, name in
      .number("FPR95 \(name)") { Figures.decimal($0.fpr95s[kind], 3) }
    }
    columns.append(.text("reversed") { $0.reversed ? "yes" : "" })
    return DataTable(caption, ranking, columns, isChosen: { $0.title == chosen.title }).markup
  }
}

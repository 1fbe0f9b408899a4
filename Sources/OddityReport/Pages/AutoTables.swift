import Oddity

/// What `auto` chose, and why: its candidates on pseudo-OOD images, and what other criteria would have chosen.
struct AutoTables {
  let auto: AutoReport

  /// So many candidates are shown at once; all of them stand behind a line that opens them.
  private static let shown = 10

  var markup: [Markup] {
    let (count, criterion) = (auto.ranking.count, auto.criterion.rawValue)
    let first = candidates(
      auto.ranking.prefix(Self.shown),
      caption: "The best candidates by \(criterion) of the select part against pseudo-OOD images")
    let all = candidates(auto.ranking[...], caption: "All candidates by \(criterion)")
    let choices = DataTable(
      "What each criterion would have chosen", auto.choices,
      [.text("criterion") { $0.criterion.rawValue }, .text("score") { $0.title }],
      isChosen: { $0.criterion == auto.criterion })
    return [Page.paragraph(reason), first]
      + (count > Self.shown ? [Page.folded("All \(count) candidates", [all])] : []) + [choices.markup]
  }

  private var reason: String {
    let reversed = auto.ranking.count { $0.reversed }
    let leftOut = auto.leftOut.map { "\($0.name) (\($0.reason))" }
    return
      "The score \(auto.chosen.title) was chosen by auto: by \(auto.criterion.rawValue) it tells images of the select part "
      + "best from pseudo-OOD images made of them (\(auto.kinds.joined(separator: ", "))). No OOD image was used. "
      + "\(Figures.count(reversed)) of \(Figures.count(auto.ranking.count, "candidate")) are reversed (pseudo-OOD images "
      + "score higher than images on average); such scores are never chosen."
      + (leftOut.isEmpty ? "" : " Could not be fitted: \(leftOut.joined(separator: "; ")).")
  }

  private func candidates(_ ranking: ArraySlice<AutoReport.Candidate>, caption: String) -> Markup {
    var columns: [DataTable.Column<AutoReport.Candidate>] = [
      .text("score") { $0.title },
      .number(auto.criterion.rawValue) { Figures.decimal($0.value, 3) },
    ]
    columns += auto.kinds.enumerated().map { kind, name in
      .number("AUROC \(name)") { Figures.decimal($0.aurocs[kind], 3) }
    }
    columns += auto.kinds.enumerated().map { kind, name in
      .number("FPR95 \(name)") { Figures.decimal($0.fpr95s[kind], 3) }
    }
    columns.append(.text("reversed") { $0.reversed ? "yes" : "" })
    return DataTable(caption, ranking, columns, isChosen: { $0.title == auto.chosen.title }).markup
  }
}

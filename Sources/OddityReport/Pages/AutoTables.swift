import Oddity

/// What `auto` chose, and why: its candidates on pseudo-OOD images, and what other criteria would have chosen.
struct AutoTables {
  private let auto: AutoReport

  init(_ auto: AutoReport) {
    self.auto = auto
  }

  /// So many candidates are shown at once; all of them stand behind a line that opens them.
  private static let shown = 10

  var markup: [Markup] {
    let first = auto.ranking.prefix(Self.shown)
    let all =
      auto.ranking.count > first.count
      ? [
        Page.folded(
          "All \(auto.ranking.count) candidates",
          [candidates(auto.ranking, caption: "All candidates by \(auto.criterion.rawValue)")])
      ] : []
    return [
      Page.paragraph(reason),
      candidates(
        first,
        caption:
          "The best candidates by \(auto.criterion.rawValue) of the select part against pseudo-OOD images"),
    ] + all + [choices]
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

  private func candidates(_ ranking: some Sequence<AutoReport.Candidate>, caption: String) -> Markup {
    var table = DataTable(
      caption: caption,
      columns: [.text("score"), .number(auto.criterion.rawValue)] + auto.kinds.map { .number("AUROC \($0)") }
        + auto.kinds.map { .number("FPR95 \($0)") } + [.text("reversed")])
    for candidate in ranking {
      table.append(
        candidate.title,
        ([candidate.value] + candidate.aurocs + candidate.fpr95s).map { Figures.decimal($0, 3) }
          + [candidate.reversed ? "yes" : ""],
        isChosen: candidate.title == auto.chosen.title)
    }
    return table.markup
  }

  private var choices: Markup {
    var table = DataTable(
      caption: "What each criterion would have chosen", columns: [.text("criterion"), .text("score")])
    for choice in auto.choices {
      table.append(choice.criterion.rawValue, [choice.title], isChosen: choice.criterion == auto.criterion)
    }
    return table.markup
  }
}

import Oddity

extension FusionReport {
  /// The columns of the fusion with their weights, as text.
  var text: String {
    Table(
      columns,
      [
        .text("column of \(name)") { $0.name }, .number("weight") { Numbers.fixed($0.weight, 3) },
        .number("weight of −|x|") { Numbers.fixed($0.foldedWeight, 3) },
        .number("AUROC lost without it") { Numbers.fixed($0.adds, 4) },
      ]
    ).text + "\(name) costs \(cost.words { Numbers.percent($0, 2) })\n\n"
  }
}

extension AutoReport {
  /// The candidates, best first, and the chosen score, as text.
  ///
  /// - Parameter count: how many candidates are shown.
  func text(showing count: Int) -> String {
    if let uncompared { return uncompared + "\n\n" }
    let aurocs: [Table.Column<Candidate>] = kinds.enumerated().map { kind, name in
      .number(name) { Numbers.fixed($0.aurocs[kind], 3) }
    }
    let table = Table(
      ranking.prefix(count),
      [
        .text("auto's candidates") { $0.title },
        .number(criterion.rawValue) { Numbers.fixed($0.value, 3) },
      ] + aurocs)
    // The best numbers of the table look better than they are, because they were selected among many on the
    // same kinds.
    let single = bestSingle.map {
      "; the best single score, chosen in the same way, reaches \(Numbers.fixed($0, 3))"
    }
    return table.text
      + "chosen: \(chosen.title), by the \(criterion.rawValue) of images against pseudo-OOD images"
      + (single ?? "")
  }

  /// How many candidates are not shown, how many are reversed, and how many were left out.
  func counts(showing count: Int) -> String {
    guard fallback == nil else { return "" }
    let rest = max(ranking.count - count, 0)
    return
      "; \(rest) more in --json; \(ranking.count { $0.reversed }) reversed (never chosen); \(leftOut.count) "
      + "left out\n\n"
  }

  /// The candidates that were left out, with the reasons.
  var leftOutText: String {
    leftOut.isEmpty
      ? "" : Table(leftOut, [.text("left out") { $0.name }, .text("because") { $0.reason }]).text + "\n"
  }
}

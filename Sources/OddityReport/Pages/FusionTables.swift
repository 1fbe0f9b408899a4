import Oddity

extension FusionReport {
  /// The scores of a fusion, and its cost.
  var markup: [Markup] {
    let table = DataTable(
      "Columns of \(name), in the order in which they were taken in", columns,
      [
        .text("column") { $0.name }, .number("weight") { Figures.decimal($0.weight, 3) },
        .number("weight of −|x|") { Figures.decimal($0.foldedWeight, 3) },
        .number("AUROC lost without") { Figures.decimal($0.adds, 4) },
      ])
    return [
      Page.paragraph(
        "\(name) is a weighted sum of \(Figures.count(columns.count, "score")), learnt from in-distribution images and from "
          + "pseudo-OOD images made of them (\(kinds.joined(separator: ", "))). Each score is standardised and clipped to x; with −|x|, unusually high "
          + "scores can count against an image too, and a weight below zero means that a score is reversed here. AUROCs are by what was learnt "
          + "without the kind, and on the other half of the images. All columns together cost \(cost.words { Figures.percent($0, 2) })."
      ),
      table.markup,
    ]
  }
}

import Oddity

extension FusionReport {
  /// The scores of a fusion, and its cost.
  var markup: [Markup] {
    let table = DataTable(
      "Scores in \(name), in the order in which they were added", columns,
      [
        .text("column") { $0.name }, .number("weight") { Figures.decimal($0.weight, 3) },
        .number("weight of −|x|") { Figures.decimal($0.foldedWeight, 3) },
        .number("AUROC lost without it") { Figures.decimal($0.adds, 4) },
      ])
    return [
      Page.paragraph(
        "\(name) is a weighted sum of \(Figures.count(columns.count, "score")), learnt from in-distribution "
          + "images and from pseudo-OOD images made from them (\(kinds.joined(separator: ", "))). Each score "
          + "is standardised and clipped to x. The weight of −|x| lets unusually high scores count against "
          + "an image too. A weight below zero means that the score is reversed here. Each AUROC is measured "
          + "with weights that were learnt without that kind, on the other half of the images. All scores "
          + "together cost \(cost.words { Figures.percent($0, 2) })."
      ),
      table.markup,
    ]
  }
}

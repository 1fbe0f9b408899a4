import Oddity

extension VerdictComparison {
  /// The comparison as text.
  var text: String {
    let counts = Table(
      [("accepts", bothAccepted, onlySecondFlagged), ("flags", onlyFirstFlagged, bothFlagged)],
      [
        .text("the first") { $0.0 }, .number("the second accepts") { "\($0.1)" },
        .number("the second flags") { "\($0.2)" },
      ])
    let kappaText = kappa.map { ", κ = \(Numbers.fixed($0, 3))" } ?? ""
    let classes = sameClass.map { "; the same class for \(Numbers.percent($0, 1))" } ?? ""
    let rates = pValueOfRates < 0.0001 ? "below 0.0001" : Numbers.fixed(pValueOfRates, 4)
    return "the same verdict for \(Numbers.percent(agreement, 1)) of \(images) images\(kappaText)\(classes)\n"
      + "p-value of equal flagging rates: \(rates); rank correlation of the p-values: "
      + "\(Numbers.fixed(spearman, 3))\n\n" + counts.text + changes
  }

  private var changes: String {
    guard !changed.isEmpty else { return "" }
    return "\nimages whose verdict changed, the largest changes first\n"
      + Table(
        changed,
        [
          .number("p by the first") { Numbers.fixed(Double($0.pValues[0]), 4) },
          .number("p by the second") { Numbers.fixed(Double($0.pValues[1]), 4) },
          .text("flagged by") { $0.outlier[0] ? "the first" : "the second" }, .text("image") { $0.input },
        ]
      ).text
  }
}

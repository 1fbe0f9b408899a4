import Oddity

extension FitReport {
  /// The result of a fit as text.
  func text(labels: [String]?) -> String {
    let blocks = blocks.table(selected: selected, pseudoOOD: kind)
    return blocks + "\n" + kindsTable + scoresTable + "\n" + candidates
      + summary(labels).joined(separator: "\n") + "\n"
  }

  /// The kind of pseudo-OOD images that selects the block.
  private var kind: String { pseudoOOD.first?.kind ?? Numbers.none }

  /// NormRatio by block and kind of pseudo-OOD images. A star marks the block that each kind would select.
  /// Empty if there is only one kind, because the table of blocks already contains it.
  private var kindsTable: String {
    guard pseudoOOD.count > 1 else { return "" }
    let blocks = pseudoOOD[0].blocks
    let ratios: [Table.Column<Int>] = pseudoOOD.map { kind in
      .number(kind.kind) { row in
        let star = kind.selected?.tensor == blocks[row].tensor ? "* " : ""
        return star + Numbers.fixed(kind.blocks[row].normRatio, 3)
      }
    }
    let columns: [Table.Column<Int>] = [
      .number("NormRatio of block") { blocks[$0].index.map(String.init) ?? Numbers.none },
      .text("tensor") { blocks[$0].tensor },
    ]
    return Table(blocks.indices, columns + ratios).text + "\n"
  }

  private var scoresTable: String {
    Table(
      scores,
      [
        .text("score") { $0.name }, .number("AUROC vs \(kind)") { Numbers.fixed($0.aurocPseudo, 3) },
        .number("95 % interval") { Numbers.interval($0.aurocPseudoCI95, 3) },
      ]
    ).text
  }

  /// The best candidates if a score was chosen, and the columns of fusions.
  private var candidates: String {
    let shown = Self.candidatesShown
    return (auto.map { $0.text(showing: shown) + $0.counts(showing: shown) } ?? "")
      + fusions.map(\.text).joined()
  }

  private static let candidatesShown = 10

  private func summary(_ labels: [String]?) -> [String] {
    let parts = parts
    return [
      (usesSelectedBlock ? "selected: " : "largest NormRatio (not used by any score here): ") + selection,
      "images: \(parts.fit) fit, \(parts.select) select, \(parts.calibrate) calibrate"
        + (parts.temperature.map { ", \($0) for the temperature" } ?? ""), accuracy,
    ]
      + (assumesSoftmax
        ? [
          "head: softmax (assumed, because nothing follows the logits; use --head sigmoid if several labels "
            + "can be true of one image)"
        ] : [])
      + CalibrationText(
        alpha: alpha, threshold: threshold, falseAlarmInterval: falseAlarmInterval,
        groups: calibrationGroups, labels: labels
      ).lines + ["guarded model: \(output ?? Numbers.none)"]
  }

  /// The classifier's accuracy, if classes are known.
  private var accuracy: String {
    let sets = [
      (idAccuracy, idAccuracyImages, "--id images"),
      (calibrationAccuracy, calibrationAccuracyImages, "calibration images"),
    ]
    let known = sets.compactMap { accuracy, images, set in
      accuracy.map { "\(Numbers.percent($0)) of \(images) \(set)" }
    }
    return "accuracy: "
      + (known.isEmpty
        ? "not known, because neither class folders nor labels tell the classes"
        : known.joined(separator: ", "))
  }

  /// How stable the selection of the block is, unless the user named the block.
  private var selection: String {
    let selected = selected.name
    guard isSelectedByNormRatio else {
      return "\(selected), as named with --block"
        + (largestNormRatio.map {
          "; NormRatio is largest at \($0.index.map { "block \($0)" } ?? $0.tensor)"
        } ?? "")
    }
    let runnerUp = runnerUp.map { "; the runner-up is \($0.name)" } ?? ""
    return
      "\(selected), selected in \(Numbers.percent(selectionStability)) of the bootstrap resamples\(runnerUp)"
  }
}

extension [BlockReport] {
  /// The candidate blocks with their NormRatios. A star marks the selected one.
  ///
  /// - Parameter pseudoOOD: the kind of pseudo-OOD images for all columns.
  func table(selected: SelectedBlock, pseudoOOD: String) -> String {
    Table(
      self,
      [
        .number("block") {
          ($0.tensor == selected.tensor ? "* " : "") + ($0.index.map(String.init) ?? Numbers.none)
        },
        .text("tensor") { $0.tensor },
        .number("shape") { Numbers.shape(channels: $0.channels, positions: $0.positions) },
        .number("NormRatio") { Numbers.fixed($0.normRatio, 3) },
        .number("95 % interval") { Numbers.interval($0.normRatioCI95, 3) },
        .number("ratio of means") { Numbers.fixed($0.normRatioOfMeans, 3) },
        .number("AUROC vs \(pseudoOOD)") { Numbers.fixed($0.aurocPseudo, 3) },
        .number("FLOPs") { Numbers.percent($0.flopsShare) },
      ]
    ).text
  }
}

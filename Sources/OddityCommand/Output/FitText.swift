import Oddity

extension FitReport {
  /// What a fit found, for people to read.
  func text(labels: [String]?) -> String {
    let blocks = blocks.table(selected: selected, pseudoOOD: kind)
    return blocks + "\n" + kindsTable + scoresTable + "\n" + candidates
      + summary(labels).joined(separator: "\n") + "\n"
  }

  /// The kind that selects.
  private var kind: String { pseudoOOD.first?.kind ?? Numbers.none }

  /// NormRatio by block and kind of pseudo-OOD images, of which the block that a kind would select has a star. Empty where
  /// there is one kind alone: then it stands in the table of the blocks.
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

  /// The candidates that came first, where a score was chosen, and what fusions consist of.
  private var candidates: String {
    let shown = Self.candidatesShown
    return (auto.map { $0.text(showing: shown) + $0.counts(showing: shown) } ?? "")
      + fusions.map(\.text).joined()
  }

  private static let candidatesShown = 10

  private func summary(_ labels: [String]?) -> [String] {
    let parts = parts
    return [
      (usesSelectedBlock ? "selected: " : "largest NormRatio, which no score here uses: ") + selection,
      "images: \(parts.fit) fit, \(parts.select) select, \(parts.calibrate) calibrate"
        + (parts.temperature.map { ", \($0) for the temperature" } ?? ""), accuracy,
    ]
      + (assumesSoftmax
        ? [
          "head: softmax, assumed since nothing follows the logits; --head sigmoid for labels that are there or not"
        ] : [])
      + CalibrationText(
        alpha: alpha, threshold: threshold, falseAlarmInterval: falseAlarmInterval,
        groups: calibrationGroups, labels: labels
      ).lines + ["guarded model: \(output ?? Numbers.none)"]
  }

  /// How often the classifier is right, where classes are known.
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
        ? "not known, since neither folders nor labels tell the classes" : known.joined(separator: ", "))
  }

  /// How sure the selection is; of a block that the user named there is nothing to be sure of.
  private var selection: String {
    let selected = selected.name
    guard isSelectedByNormRatio else {
      return "\(selected), as named with --block"
        + (largestNormRatio.map {
          "; NormRatio is largest at \($0.index.map { "block \($0)" } ?? $0.tensor)"
        } ?? "")
    }
    let runnerUp = runnerUp.map { "; the runner-up is \($0.name)" } ?? ""
    return "\(selected), which wins \(Numbers.percent(selectionStability)) of the resamples\(runnerUp)"
  }
}

extension [BlockReport] {
  /// The candidates with their NormRatios; the selected one has a star.
  ///
  /// - Parameter pseudoOOD: the kind of pseudo-OOD images that all of it was measured with.
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

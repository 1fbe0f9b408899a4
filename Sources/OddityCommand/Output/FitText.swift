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
    let columns = pseudoOOD.map { Table.Column.right($0.kind) }
    var table = Table([.right("NormRatio of block"), .left("tensor")] + columns)
    for (row, block) in pseudoOOD[0].blocks.enumerated() {
      let ratios = pseudoOOD.map { kind in
        let star = kind.selected?.tensor == block.tensor ? "* " : ""
        return star + Numbers.fixed(kind.blocks[row].normRatio, 3)
      }
      table.append([block.index.map(String.init) ?? Numbers.none, block.tensor] + ratios)
    }
    return table.text + "\n"
  }

  private var scoresTable: String {
    var table = Table([.left("score"), .right("AUROC vs \(kind)"), .right("95 % interval")])
    for score in scores {
      table.append([
        score.name, Numbers.fixed(score.aurocPseudo, 3), Numbers.interval(score.aurocPseudoCI95, 3),
      ])
    }
    return table.text
  }

  /// The candidates that came first, where a score was chosen.
  private var candidates: String {
    guard let auto else { return "" }
    var table = Table(
      [.left("auto's candidates"), .right(auto.criterion.rawValue)] + auto.kinds.map { .right($0) })
    for candidate in auto.ranking.prefix(Self.candidatesShown) {
      table.append(
        [candidate.title, Numbers.fixed(candidate.value, 3)] + candidate.aurocs.map { Numbers.fixed($0, 3) })
    }
    let rest = auto.ranking.count - Self.candidatesShown
    let reversed = auto.ranking.count { $0.reversed }
    return table.text
      + "chosen: \(auto.chosen.name), by the \(auto.criterion.rawValue) of images against pseudo-OOD images; "
      + "\(max(rest, 0)) more in --json; \(reversed) reversed, which are never chosen; "
      + "\(auto.leftOut.count) could not be fitted\n\n"
  }

  private static let candidatesShown = 10

  private func summary(_ labels: [String]?) -> [String] {
    let parts = parts
    return [
      "selected: \(selection)",
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
    var table = Table([
      .right("block"), .left("tensor"), .right("shape"), .right("NormRatio"), .right("95 % interval"),
      .right("ratio of means"), .right("AUROC vs \(pseudoOOD)"), .right("FLOPs"),
    ])
    for block in self {
      let star = block.tensor == selected.tensor ? "* " : ""
      table.append([
        star + (block.index.map(String.init) ?? Numbers.none), block.tensor,
        Numbers.shape(channels: block.channels, positions: block.positions),
        Numbers.fixed(block.normRatio, 3),
        Numbers.interval(block.normRatioCI95, 3), Numbers.fixed(block.normRatioOfMeans, 3),
        Numbers.fixed(block.aurocPseudo, 3), Numbers.percent(block.flopsShare),
      ])
    }
    return table.text
  }
}

import ArgumentParser
import Oddity

/// The scores to fit, and the images to fit them on.
struct MethodFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The block whose FeatureNorm is used, by its index or tensor; auto selects the block with the largest "
        + "NormRatio.",
      valueName: "auto|tensor|index"))
  var block = "auto"

  @Option(
    help: ArgumentHelp(
      "Scores to fit, such as knn, knn+norm or fusion ('oddity scores' lists them); the first one is "
        + "calibrated. auto chooses one without OOD images; featurenorm is the paper's method (default: "
        + "\(ScoreName.auto)).",
      valueName: "name,…"),
    transform: { try [ScoreName](parsing: $0) })
  var score = [ScoreName.auto]

  @Flag(
    help:
      "For each score that can be composed with the FeatureNorm of the selected block, also fit NAME+norm.")
  var withSelectedNorm = false

  @OptionGroup var set: SettingFlags

  @Option(
    name: .customLong("pseudo-ood"),
    help: ArgumentHelp(
      "Kinds of pseudo-OOD images, from \(PseudoOOD.available); the first one selects the block, each gets a "
        + "column (default: \(PseudoOOD.jigsaw)).",
      valueName: "kind,…"),
    transform: { try [PseudoOOD](parsing: $0) })
  var pseudoOOD = [PseudoOOD.jigsaw]

  @Flag(help: "Compute NormRatio over all images of --id, as in the paper.")
  var paperSplit = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Use only a random sample of this many images of each --id source, drawn with --seed.", valueName: "n"))
  var limit: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The random seed: it determines samples, parts and pseudo-OOD images.", valueName: "n")
  )
  var seed: UInt64 = 0

  @Flag(
    help: ArgumentHelp(
      "Do not store the signatures of calibration images, which 'oddity diagnose' needs: the fit is faster, "
        + "and the file about 140 kB smaller.")
  )
  var noSignatures = false

  @Flag(
    help: ArgumentHelp(
      "Add the output ood_map: how much each position of the image adds to the score. 'oddity score' "
        + "draws it.")
  )
  var withMap = false

  @Option(
    help: ArgumentHelp(
      "The feature map whose FeatureNorm --with-map shows by position (default: the map of the score).",
      valueName: "tensor|index"))
  var mapBlock: String?

  /// The requested map, if any.
  var map: FitOptions.MapChoice? { mapBlock.map { .named($0) } ?? (withMap ? .auto : nil) }

  func validate() throws {
    if mapBlock?.isEmpty == true {
      throw ValidationError("--map-block is empty: name a tensor or an index, or leave it out")
    }
    if block.isEmpty {
      throw ValidationError("--block is empty: name a tensor or an index, or leave it auto")
    }
    if let limit, limit < 1 { throw ValidationError("--limit \(limit): at least 1 image is needed") }
  }

  /// Every flag, with whether it differs from its default.
  var given: [(String, Bool)] {
    [
      ("--block", block != "auto"), ("--score", score != [.auto]),
      ("--with-selected-norm", withSelectedNorm), ("--set", !set.parameters.isEmpty),
      ("--pseudo-ood", pseudoOOD != [.jigsaw]), ("--paper-split", paperSplit),
      ("--no-signatures", noSignatures), ("--with-map", withMap), ("--map-block", mapBlock != nil),
      ("--limit", limit != nil), ("--seed", seed != 0),
    ]
  }

  /// The scores to fit, compositions among them.
  var scores: [ScoreName] {
    guard withSelectedNorm else { return score }
    return score.flatMap { [$0] + [$0.composed].compactMap { $0 } }.reduce(into: []) { names, name in
      if !names.contains(name) { names.append(name) }
    }
  }

  /// The scores that cannot be composed, if --with-selected-norm asks for all compositions.
  var scoresWithoutComposition: [ScoreName] {
    guard withSelectedNorm else { return [] }
    return score.filter { name in
      if case .withSelectedNorm = name.form { return false }
      return name.composed == nil
    }
  }
}

extension Array where Element: ListElement {
  /// Parses the comma-separated values of a flag. Their order is kept, because the first one has a special
  /// role.
  ///
  /// - Throws: `OddityError.usage` if a value is unknown, or occurs twice.
  init(parsing text: String) throws(OddityError) {
    self = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let element = try Element(parsing: String(part))
      if contains(element) { throw OddityError(.usage, "\(element.titleInList(part)) named twice") }
      append(element)
    }
  }
}

protocol ListElement: Equatable {
  init(parsing text: String) throws(OddityError)
  /// The name of a value in errors, with its verb.
  func titleInList(_ text: Substring) -> String
}

extension ScoreName: ListElement {
  func titleInList(_ text: Substring) -> String { "the score \(text) is" }
}

extension PseudoOOD: ListElement {
  func titleInList(_ text: Substring) -> String { "pseudo-OOD images of the kind \(self) are" }
}

import ArgumentParser
import Oddity

/// What is fitted, and on which images.
struct MethodFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The block whose norm is taken: auto selects the one with the largest NormRatio.",
      valueName: "auto|tensor|index"))
  var block = "auto"

  @Option(
    help: ArgumentHelp(
      "Scores to fit, of \(ScoreList.available); the first one is calibrated "
        + "(default: \(ScoreList.standard)).",
      valueName: "name,…"),
    transform: { try ScoreList(parsing: $0) })
  var score = ScoreList.standard

  @Option(
    name: .customLong("pseudo-ood"),
    help: ArgumentHelp(
      "Kinds of pseudo-OOD images, of \(PseudoOOD.available); the first one selects the block, each gets a column "
        + "(default: \(PseudoOODList.standard)).",
      valueName: "kind,…"),
    transform: { try PseudoOODList(parsing: $0) })
  var pseudoOOD = PseudoOODList.standard

  @Flag(help: "Take NormRatio over all of --id, as in the paper.")
  var paperSplit = false

  @Option(help: ArgumentHelp("Use a seeded uniform sample of each --id source.", valueName: "n"))
  var limit: Int?

  @Option(help: ArgumentHelp("Decides samples, parts and pseudo-OOD images.", valueName: "n"))
  var seed: UInt64 = 0

  func validate() throws {
    if block.isEmpty {
      throw ValidationError("--block is empty: name a tensor or an index, or leave it auto")
    }
    if let limit, limit < 1 { throw ValidationError("--limit \(limit): at least 1 image is needed") }
  }
}

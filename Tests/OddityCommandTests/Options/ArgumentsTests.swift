import ArgumentParser
import Oddity
import Engines
import Testing

@testable import OddityCommand

@Suite struct ArgumentsTests {
  static let fit = ["fit", "model.onnx", "--id", "train", "-o", "guarded.onnx"]

  static func parsed<Command: ParsableCommand>(_ arguments: [String], as type: Command.Type) throws -> Command
  {
    try #require(OddityCommand.parseAsRoot(arguments) as? Command)
  }

  /// The message of the usage error for these arguments.
  static func refusal(_ arguments: [String]) throws -> String {
    let error = try #require(throws: (any Error).self) { try OddityCommand.parseAsRoot(arguments) }
    #expect(OddityCommand.exitCode(for: error) == .validationFailure)
    return OddityCommand.message(for: error)
  }

  @Test func fitHasTheContractsDefaults() throws {
    let fit = try Self.parsed(Self.fit, as: FitCommand.self)
    #expect(fit.model == "model.onnx" && fit.images.id == ["train"] && fit.output == "guarded.onnx")
    #expect(fit.images.calibration.isEmpty && !fit.json && !fit.messages.quiet)
    #expect(
      fit.falseAlarms.alpha == nil && FitOptions().alpha == .fivePercent && fit.falseAlarms.confidence == nil)
    #expect(fit.method.block == "auto" && fit.method.score == [.auto])
    #expect(fit.method.pseudoOOD == [.jigsaw] && !fit.method.paperSplit)
    #expect(fit.method.limit == nil && fit.method.seed == 0)
    #expect(fit.engine.threading.threads == nil && fit.engine.precision == .f32 && fit.engine.cacheDir == nil)
  }

  @Test func fitTakesEveryFlag() throws {
    let fit = try Self.parsed(
      Self.fit + [
        "--calibration", "a", "b.tar", "-", "@list.txt", "--alpha", "1e-2", "--confidence", "0.95", "--json",
        "--block", "12", "--pseudo-ood", "jigsaw:4,blur", "--paper-split", "--limit", "100", "--seed",
        "18446744073709551615", "--score", "energy,msp", "--preprocess", "imagenet", "--labels", "names.txt",
        "--input", "x", "--logits", "y", "--threads", "2", "--batch", "7", "--precision", "bf16",
        "--cache-dir",
        "cache", "--quiet", "--id", "more",
      ], as: FitCommand.self)
    #expect(
      fit.images.id == ["train", "more"] && fit.images.calibration == ["a", "b.tar", "-", "@list.txt"])
    #expect(fit.falseAlarms.alpha?.description == "0.01" && fit.falseAlarms.confidence?.share == 0.95)
    #expect(fit.method.block == "12" && fit.method.paperSplit)
    #expect(fit.method.pseudoOOD.map(\.name) == ["jigsaw:4", "blur"])
    #expect(
      fit.method.limit == 100 && fit.method.seed == .max && fit.method.score == [.energy, .msp])
    #expect(fit.classifier.preprocess == "imagenet" && fit.classifier.labels == "names.txt")
    #expect(fit.tensors.input == "x" && fit.tensors.logits == "y")
    #expect(fit.engine.threading.threads == 2 && fit.engine.batch == 7 && fit.engine.precision == .bf16)
    #expect(fit.engine.cacheDir == "cache" && fit.messages.quiet && fit.json)
  }

  @Test func theOtherCommandsTakeTheirFlags() throws {
    let blocks = try Self.parsed(["blocks", "m", "--json", "--logits", "y"], as: BlocksCommand.self)
    #expect(blocks.model == "m" && blocks.json && blocks.tensors.logits == "y")
    let score = try Self.parsed(
      ["score", "g", "a", "-", "--format", "csv", "--only-outliers", "--output", "o"], as: ScoreCommand.self)
    #expect(score.sources == ["a", "-"] && score.format == .csv && score.onlyOutliers && score.output == "o")
    let evaluate = try Self.parsed(
      ["evaluate", "g", "h", "--id", "t", "--ood", "a=1", "b=x=y", "--json"], as: EvaluateCommand.self)
    #expect(evaluate.guarded == ["g", "h"] && evaluate.id == "t" && evaluate.json)
    #expect(evaluate.ood == [try NamedSource(parsing: "a=1"), try NamedSource(parsing: "b=x=y")])
    #expect(evaluate.ood[1].source == "x=y")
    #expect(try Self.parsed(["inspect", "g", "--json"], as: InspectCommand.self).json)
  }

  @Test(arguments: [
    (["--alpha", "2"], "0.05"), (["--alpha", "half"], "decimal"), (["--confidence", "1"], "--confidence"),
    (["--score", "nearest"], "the scores are featurenorm, atf, classnorm"),
    (["--score", "msp,msp"], "twice"),
    (["--score", ""], "featurenorm"), (["--pseudo-ood", "mirror"], "jigsaw[:GRID], gaussian-noise[:STD]"),
    (["--pseudo-ood", "jigsaw:"], "grid"), (["--pseudo-ood", "jigsaw:1"], "2 to 1024"),
    (["--pseudo-ood", "jigsaw,blur,"], "the kinds are"), (["--pseudo-ood", "jigsaw,jigsaw:3"], "twice"),
    (["--pseudo-ood", "blur:1000"], "0.25 to 100"), (["--pseudo-ood", "rotation:90"], "no strength"),
    (["--limit", "0"], "--limit"), (["--seed", "-1"], "--seed"), (["--threads", "0"], "--threads"),
    (["--batch", "0"], "--batch"), (["--precision", "f16"], "'f32' and 'bf16'"),
    (["--block", ""], "--block"),
    (["--frob"], "--frob"),
  ])
  func fitRefusesWhatMakesNoSense(flags: [String], hint: String) throws {
    let message = try Self.refusal(Self.fit + flags)
    #expect(message.contains(hint), "\(message)")
  }

  @Test(arguments: [
    ["fit", "m", "--id", "a", "-o", "m"], ["fit", "m", "--id", "a", "-o", "./m"],
    ["fit", "m", "--id", "a/../b", "-o", "b"], ["score", "g", "s", "--output", "g"],
    ["score", "g", "s", "--output", "s"],
  ])
  func anOutputThatWouldReplaceAnInputIsRefused(arguments: [String]) throws {
    #expect(try Self.refusal(arguments).contains("would replace the input"))
  }

  @Test func aModelIsNotPrinted() throws {
    #expect(
      try Self.refusal(["fit", "m", "--id", "a", "-o", "-"]).contains("cannot write to standard output"))
  }

  @Test(arguments: [["--ood", "digits"], ["--ood", "=x"], ["--ood", "x="], ["--ood", "a=1", "a=2"]])
  func setsNeedNamesOfTheirOwn(flags: [String]) throws {
    #expect(try Self.refusal(["evaluate", "g", "--id", "t"] + flags).contains("name"))
  }
}

import ArgumentParser
import Foundation
import Oddity
import Engines

/// `oddity verify`: whether a copy of a guarded model still gives the scores of its fit.
struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Checks a converted copy of a guarded model.",
    discussion: """
      A guarded model stores sixteen inputs with their scores. A model fitted with --raw-input also stores \
      two images, to check its preprocessing. Without --scores, the command runs these inputs through the \
      file that you name, for example a copy in another precision. With --scores, it compares the scores \
      that another engine computed. The exit code is 1 if a score is off.

        oddity verify guarded-fp16.onnx
        oddity verify guarded.onnx --all-engines
        oddity verify guarded.onnx --inputs inputs.npy          # for an engine of your own
        oddity verify guarded.onnx --scores its-scores.txt
        oddity verify guarded.onnx --model plain.onnx           # prove that only Oddity's nodes are added
      """)

  @Argument(help: ArgumentHelp("The guarded model.", valueName: "guarded"))
  var guarded: String

  @Option(
    help: ArgumentHelp(
      "Scores of the inputs by another engine: one JSON line, with \"scores\" by name, or one number, for each input.",
      valueName: "file"))
  var scores: String?

  @Option(
    help: ArgumentHelp(
      "Also write the preprocessed inputs, as float32 or, if the model takes bytes, as uint8; for a model "
        + "fitted with --raw-input, the two images.",
      valueName: "file.npy"))
  var inputs: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How far a score may be off, in standard deviations of the calibration images' scores.", valueName: "x")
  )
  var tolerance = VerificationReport.standardTolerance

  @Flag(
    help:
      "Run the file with every engine that is installed here, on each of its devices, and compare them all.")
  var allEngines = false

  @Option(
    help: ArgumentHelp(
      "The classifier that the file was made from. Proves, without running anything, that the file is this "
        + "classifier with only Oddity's nodes added, and that its thresholds follow from its calibration "
        + "scores.",
      valueName: "file"))
  var model: String?

  @Flag(
    help: "With --model: require the very file that was guarded, byte for byte, not only an equal network.")
  var strict = false

  @Flag(help: "Print JSON in place of a table.")
  var json = false

  @OptionGroup(title: "Engine") var engine: EngineFlags
  @OptionGroup var messages: MessageFlags

  func validate() throws {
    guard tolerance > 0, tolerance.isFinite else {
      throw ValidationError("--tolerance \(tolerance): pass a number above 0, such as 0.01")
    }
    if allEngines, scores != nil {
      throw ValidationError(
        "--all-engines does not work with --scores: leave one of them out")
    }
    if allEngines, engine.device.isNamed {
      throw ValidationError("--all-engines runs every engine and device: leave out --engine and --device")
    }
    if allEngines, engine.precision != .f32 || engine.cacheDir != nil || engine.deviceMemory != nil {
      throw ValidationError(
        "--all-engines runs each engine with its default settings: leave out --precision, --cache-dir and "
          + "--device-memory")
    }
    if strict, model == nil {
      throw ValidationError("--strict needs a classifier to compare with: name it with --model")
    }
    if allEngines, model != nil {
      throw ValidationError("--all-engines does not work with --model: leave one of them out")
    }
    if inputs == "-" { throw ValidationError("--inputs cannot write to standard output: name a .npy file") }
    if let inputs {
      try SourceCheck.refuse(output: inputs, among: [guarded] + [scores, model].compactMap { $0 })
    }
  }

  func run() async throws {
    let model = try GuardedModel(contentsOf: URL(filePath: guarded))
    try model.checkParts()
    let verification = try model.verification()
    let file = try scores.map { try ScoreFile(path: $0) }
    if let inputs { try AtomicFile.write(verification.inputFile(of: model), to: inputs) }
    if allEngines { return try await compareEngines(model) }
    var report = try await report(verification, model, scores: file)
    if let plain = self.model {
      report.prove(try model.provenance(of: URL(filePath: plain)), byteForByte: strict)
    }
    try ResultWriter.print(report, asJSON: json, text: report.text)
    if !report.verified { throw Stop(status: .inputFailed, message: nil) }
  }

  private func compareEngines(_ model: GuardedModel) async throws {
    let comparison = try await EngineComparison(
      model, by: Engine.allFound(), tolerance: tolerance,
      options: engine.runOptions(Console(quiet: messages.quiet)))
    try ResultWriter.print(comparison, asJSON: json, text: comparison.text)
    if !comparison.verified { throw Stop(status: .inputFailed, message: nil) }
  }

  private func report(
    _ verification: Verification, _ model: GuardedModel, scores file: ScoreFile?
  ) async throws -> VerificationReport {
    let console = Console(quiet: messages.quiet)
    if let file, let scores {
      let report = try verification.report(on: file, tolerance: tolerance)
      let unknown = try verification.unknownNames(in: file)
      if !unknown.isEmpty {
        console.warn(
          "\(scores) also holds \(unknown.joined(separator: ", ")), which are not compared, because the "
            + "model does not have them"
        )
      }
      return report
    }
    return try await verification.report(
      on: model, tolerance: tolerance, engine: engine.open(),
      options: engine.runOptions(console))
  }
}

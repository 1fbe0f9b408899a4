import ArgumentParser
import Foundation
import Imaging
import Oddity
import OddityReport
import ONNXGraph
import Engines

/// `oddity fit`: from a classifier and images of its kind to a guarded model.
struct FitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract: "Fits a detector to a classifier and writes the guarded model.",
    usage: """
      oddity fit <model> --id <source> ... [--calibration <source> ...] --output <file> [<options>]
      oddity fit <model> --id <source> ... [--shard <k/n>] --partial <file> [<options>]
      oddity fit --from <guarded> [--alpha <rate>] [--calibration <source> ...] --output <file> [<options>]
      """,
    discussion: """
      A SOURCE is a folder of images, an image, a tar or zip of images, an IDX, CIFAR, .npy or .npz file, \
      @FILE with a path on each line, or - for paths on standard input. With --partial, one of several \
      machines does its share; 'oddity merge' then finishes the fit.

        oddity fit model.onnx --id train/ --calibration held-out/ -o guarded.onnx
        oddity fit --from guarded.onnx --alpha 0.01 --calibration more/ -o stricter.onnx
      """)

  @Argument(help: ArgumentHelp("The classifier, an ONNX file.", valueName: "model"))
  var model: String?

  @Option(name: .shortAndLong, help: ArgumentHelp("Write the guarded model to this file.", valueName: "file"))
  var output: String?

  @OptionGroup var raw: RawInputFlag

  @Option(
    help: ArgumentHelp(
      "Write this machine's part of a fit to this file, for 'oddity merge', instead of a guarded model.",
      valueName: "file"))
  var partial: String?

  @Flag(help: "Print JSON in place of a table.")
  var json = false

  @OptionGroup(title: "Images") var images: ImageFlags
  @OptionGroup(title: "Images") var sharing: ShardFlags
  @OptionGroup(title: "False alarms") var falseAlarms: FalseAlarmFlags
  @OptionGroup(title: "False alarms") var recalibration: RecalibrationFlags
  @OptionGroup(title: "Method") var method: MethodFlags
  @OptionGroup(title: "Classifier") var classifier: ClassifierFlags
  @OptionGroup(title: "Classifier") var tensors: TensorFlags
  @OptionGroup(title: "Engine") var engine: EngineFlags
  @OptionGroup var reporting: ReportFlags
  @OptionGroup var messages: MessageFlags

  func validate() throws {
    let written = try writtenFile()
    let sources = images.id + images.calibration
    let files = [model, recalibration.from, recalibration.calibrationScores].compactMap { $0 }
    try SourceCheck.refuse(output: written, among: files + sources)
    try reporting.check(isNoneOf: files + sources + [written])
    if partial != nil { try refuseWhatFinishes() }
    if sharing.shard != nil, partial == nil {
      throw ValidationError(
        "--shard alone would fit on a share of the images: add --partial FILE for 'oddity merge'")
    }
    if recalibration.from != nil { return try refuseWhatFits() }
    if model == nil {
      throw ValidationError("name the classifier, an ONNX file, or a guarded model with --from")
    }
    try SourceCheck.refuseRepetitions(images.id, flag: "--id")
    try SourceCheck.refuseRepetitions(images.calibration, flag: "--calibration")
    if images.id.isEmpty {
      throw ValidationError("--id is missing: name images of the kind that the classifier was trained on")
    }
  }

  /// The file to write: the guarded model, or a part of a fit.
  private func writtenFile() throws -> String {
    guard let written = output ?? partial else {
      throw ValidationError(
        sharing.shard == nil
          ? "--output is missing: name the file for the guarded model"
          : "--partial is missing: name the file for this shard's part of the fit")
    }
    if written == "-" {
      throw ValidationError(
        output == nil
          ? "--partial cannot write to standard output: name a file"
          : "--output cannot write to standard output: name a file")
    }
    return written
  }

  func run() async throws {
    let console = Console(quiet: messages.quiet)
    if let model, let partial {
      try await fitPart(model, to: partial, console)
    } else if let guarded = recalibration.from, let output {
      try await recalibrate(guarded, to: output, console)
    } else if let model, let output {
      try await fit(model, to: output, console)
    }
  }

  private func fit(_ model: String, to output: String, _ console: Console) async throws {
    let file = try AtomicFile(path: output)
    let reportFile = try reporting.open()
    let begun = try begin(model, console)
    let opened = try engine.open()
    let fit = try await Fit(
      begun.model, at: URL(filePath: model), inDistribution: begun.inDistribution,
      calibration: begun.calibration, options: begun.options, engine: opened)
    console.endProgress()
    for failure in fit.failures { console.warn("\(failure)") }
    for warning in fit.report.warningsToSay { console.warn(warning.text) }
    try fit.guarded.write(to: file)
    try reportFile?.finish(
      with: FitPage(fit, of: URL(filePath: model).lastPathComponent, engine: opened.description).html)
    var report = fit.report
    report.output = output
    try ResultWriter.print(report, asJSON: json, text: report.text(labels: begun.options.labels))
    if !fit.failures.isEmpty { throw Stop(status: .inputFailed, message: nil) }
  }

  /// Reads the model and opens the images. Gives the warnings that are known before the first image.
  func begin(_ path: String, _ console: Console) throws -> (
    model: Model, inDistribution: [any ImageSource], calibration: [any ImageSource], options: FitOptions
  ) {
    let model = try Model(contentsOf: URL(filePath: path))
    var options = try options(console)
    try SourceCheck.refuseMissing(images.id + images.calibration)
    let inDistribution = try images.id.map { try ImageSources.open($0) }
    let calibration = try images.calibration.map { try ImageSources.open($0) }
    options.warnings = try warningsBeforehand(inDistribution + calibration, of: model, options)
    options.warnings.forEach { console.warn($0.text) }
    return (model, inDistribution, calibration, options)
  }

  private func options(_ console: Console) throws -> FitOptions {
    var options = FitOptions()
    options.block = method.block == "auto" ? .auto : .named(method.block)
    options.pseudoOOD = method.pseudoOOD
    options.paperSplit = method.paperSplit
    options.limit = method.limit
    options.seed = method.seed
    options.keepsSignatures = !method.noSignatures
    options.map = method.map
    options.scores = method.scores
    options.settings = try method.set.settings()
    options.alpha = falseAlarms.alpha ?? options.alpha
    options.calibrationScope = falseAlarms.calibrationBy ?? options.calibrationScope
    options.confidence = falseAlarms.confidence?.share
    options.preprocessing = try classifier.preprocess.map { try Preprocessing.load($0) }
    options.labels = try classifier.labels.map { try LabelFile(path: $0).names() }
    options.input = tensors.input
    options.logits = tensors.logits
    options.head = classifier.head
    options.rawInput = raw.rawInput
    options.run = engine.runOptions(console)
    return options
  }

  /// Warnings about missing options, and about options without effect.
  private func warningsBeforehand(_ sources: [any ImageSource], of model: Model, _ options: FitOptions) throws
    -> [Warning]
  {
    var warnings =
      try sources.warnings
      + InputWarning.beforeFit(
        on: sources, preprocessing: options.preprocessing,
        takesIntegers: model.takesIntegerImages)
    let uncomposed = method.scoresWithoutComposition.map(\.description).joined(separator: ", ")
    if !uncomposed.isEmpty {
      warnings.append(
        Warning(
          .noComposition,
          "--with-selected-norm has no effect on \(uncomposed), which cannot be composed with the norm"))
    }
    if images.calibration.isEmpty {
      warnings.append(
        Warning(
          .calibrationFromID,
          "a part of --id is used for calibration: if the classifier was trained on these images, more "
            + "images than promised will be flagged; pass images that it was not trained on with "
            + "--calibration"))
    }
    return warnings
  }
}

import ArgumentParser
import Foundation
import Imaging
import Oddity
import OddityReport
import Engines

/// `oddity evaluate`: how well guarded models tell in-distribution images from OOD images.
struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measures guarded models against sets of OOD images.",
    discussion: """
      Prints FPR95 (lower is better) and AUROC (higher is better) of every score of every model against \
      every set; --json adds AUPR, the other definition of FPR95 and, where the true classes of the --id \
      images are known, selective prediction: AURC, AUGRC (lower is better), and the accuracy on the \
      accepted images at several false-alarm rates.

      A SOURCE is the same as for 'oddity fit': a folder, an archive, an array or a list.

        oddity evaluate guarded.onnx --id test/ --ood digits=mnist/ textures=dtd.tar
      """)

  @Argument(help: ArgumentHelp("Guarded models.", valueName: "guarded"))
  var guarded: [String]

  @Option(
    name: .customLong("id"), parsing: .singleValue,
    help: ArgumentHelp("In-distribution images that were not used to fit.", valueName: "source"))
  var ids: [String]

  var id: String { ids[0] }

  @Option(
    parsing: .upToNextOption, help: ArgumentHelp("Sets of OOD images.", valueName: "name=source"),
    transform: { try NamedSource(parsing: $0) })
  var ood: [NamedSource]

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Sets of shifted in-distribution images in class folders, to measure how much accuracy is lost on them "
        + "and what share of them is flagged. Needs --ood too.",
      valueName: "name=source"),
    transform: { try NamedSource(parsing: $0) })
  var shifted: [NamedSource] = []

  @Option(
    help: ArgumentHelp(
      "The true classes of the --id images: a text file of class names, one per line in the order of their "
        + "indices, which match the class folders; or, without class folders, a .csv of path,index for each "
        + "image (for a row of an array test.npy#0).", valueName: "file"))
  var labels: String?

  @Flag(help: "Print JSON in place of a table.")
  var json = false

  @OptionGroup(title: "Engine") var engine: EngineFlags
  @OptionGroup var reporting: ReportFlags
  @OptionGroup var messages: MessageFlags

  func validate() throws {
    guard ids.count == 1 else {
      throw ValidationError(
        "--id is given \(ids.count) times, but only one source is evaluated: name a folder that holds all "
          + "images, or a list (@FILE)"
      )
    }
    for sets in [ood, shifted] {
      guard let twice = sets.map(\.name).firstRepetition else { continue }
      throw ValidationError("two sets are called \(sets[twice].name): give each its own name")
    }
    if let twice = SourceCheck.firstRepeated(guarded) {
      throw ValidationError("\(twice) is named twice: name each guarded model once")
    }
    try reporting.check(isNoneOf: guarded + [id] + (ood + shifted).map(\.source) + [labels].compactMap { $0 })
  }

  func run() async throws {
    let console = Console(quiet: messages.quiet)
    // Everything that can fail is checked before the first image: the outputs, the models, the labels, the
    // images.
    let reportFile = try reporting.open()
    let models = try guarded.map { try GuardedModel(contentsOf: URL(filePath: $0)) }
    let labelFile = try labels.map { try LabelFile(path: $0) }
    let labels = try models.map { try TrueLabels($0.metadata, file: labelFile) }
    try SourceCheck.refuseMissing([id] + (ood + shifted).map(\.source))
    var warnings: [Warning] = []
    func say(_ found: [Warning?]) {
      warnings += found.compactMap(\.self)
      for warning in found.compactMap(\.self) { console.warn(warning.text) }
    }
    say(SourceCheck.repetitions(id: id, ood: ood))
    let opened = try engine.open()
    let detectors = try models.map {
      try Detector(
        $0, engine: opened, options: engine.runOptions(console), measuresNorms: reportFile != nil)
    }
    let inDistribution = try ImageSources.open(id)
    for labels in labels { _ = try labels.truth(of: inDistribution) }
    say([labels.first?.strayLines(in: inDistribution)])
    let sets = try ood.map { Evaluation.OODSet(name: $0.name, source: try ImageSources.open($0.source)) }
    let moved = try shifted.map {
      Evaluation.OODSet(name: $0.name, source: try ImageSources.open($0.source))
    }
    // A list of paths applies only to the --id images; shifted images are in class folders.
    let listsPaths = try labelFile.map { try !$0.indicesByPath().isEmpty } ?? false
    let folderLabels = try listsPaths ? models.map { try TrueLabels($0.metadata, file: nil) } : labels
    for (name, labels) in zip(names, folderLabels) {
      for set in moved {
        let doubt = try labels.mismatch(of: set.source) ?? lossUntold(labels, set)
        say([doubt.map { named($0, name) }])
      }
    }
    let sources = [inDistribution] + (sets + moved).map(\.source)
    for model in models { try model.metadata.checkPictures(of: sources) }
    say(sources.warnings)
    for (name, (model, labels)) in zip(names, zip(models, labels)) {
      let doubt = try labels.mismatch(of: inDistribution) ?? unusedLabels(labels, inDistribution)
      say(try ([doubt] + model.metadata.warnings(of: sources)).map { $0.map { named($0, name) } })
    }
    var reports: [DetectorReport] = []
    var failed: [String] = []
    var page = reportFile.map { _ in
      EvaluationPage(models: guarded.count, engine: opened.description)
    }
    for (position, (detector, labels)) in zip(detectors, labels).enumerated() {
      let name = names[position]
      let evaluation = try await Evaluation(
        of: detector, name: name, inDistribution: inDistribution, outOfDistribution: sets,
        shifted: moved, labels: labels, shiftedLabels: folderLabels[position])
      console.endProgress()
      for failure in evaluation.failures where !failed.contains("\(failure)") {
        failed.append("\(failure)")
        console.warn("\(failure)")
      }
      say(evaluation.warnings.map { named($0, name) })
      reports += evaluation.reports
      try await page?.append(evaluation, of: name, detector)
    }
    if let first = failed.first {
      let images = failed.count == 1 ? "1 image" : "\(failed.count) images"
      warnings.append(Warning(.imagesUnusable, "\(images) could not be used, the first because \(first)"))
    }
    page?.warnings = warnings
    if let page { try reportFile?.finish(with: page.html) }
    let report = EvaluationReport(detectors: reports, warnings: warnings)
    try ResultWriter.print(report, asJSON: json, text: report.text)
    if !failed.isEmpty { throw Stop(status: .inputFailed, message: nil) }
  }

  /// A warning if `--labels` has no effect.
  private func unusedLabels(_ truth: TrueLabels, _ source: any ImageSource) throws -> Warning? {
    guard let labels, try truth.truth(of: source).allSatisfy({ $0 == nil }) else { return nil }
    return Warning(
      .truthUnknown,
      "accuracy is not measured: \(labels) names the classes, but the class of each image in "
        + "\(source.description) is unknown, because it has no class folders; pass a .csv of path,index as "
        + "--labels")
  }

  /// A warning if the accuracy lost on a shifted set cannot be measured.
  private func lossUntold(_ truth: TrueLabels, _ set: Evaluation.OODSet) throws -> Warning? {
    guard try truth.truth(of: set.source).allSatisfy({ $0 == nil }) else { return nil }
    return Warning(
      .truthUnknown,
      "the accuracy lost on \(set.name) is not measured, because the classes of the images in "
        + "\(set.source.description) are unknown; pass class folders"
    )
  }

  /// The warning, with the model's name in front if there are several models.
  private func named(_ warning: Warning, _ name: String) -> Warning {
    guarded.count == 1 ? warning : Warning(warning.code, "\(name): \(warning.text)")
  }

  /// The names of the files, or their whole paths if two files have the same name.
  private var names: [String] {
    let short = guarded.map { URL(filePath: $0).lastPathComponent }
    return Set(short).count == short.count ? short : guarded
  }
}

import ArgumentParser
import Foundation
import Imaging
import Oddity
import OddityReport
import OpenVINORuntime

/// `oddity evaluate`: how well guarded models tell in-distribution images from OOD images.
struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measures guarded models against sets of OOD images.",
    discussion: """
      Prints FPR95 (lower is better) and AUROC (higher is better) of every score of every model against every set; --json adds AUPR and the other \
      definition of FPR95.

      A SOURCE is what 'oddity fit' takes: a folder, an archive, an array, a list.

        oddity evaluate guarded.onnx --id test/ --ood digits=mnist/ textures=dtd.tar
      """)

  @Argument(help: ArgumentHelp("Guarded models.", valueName: "guarded"))
  var guarded: [String]

  @Option(help: ArgumentHelp("In-distribution images that were not used to fit.", valueName: "source"))
  var id: String

  @Option(
    parsing: .upToNextOption, help: ArgumentHelp("Sets of OOD images.", valueName: "name=source"),
    transform: { try NamedSource(parsing: $0) })
  var ood: [NamedSource]

  @Option(
    help: ArgumentHelp(
      "True classes of the --id images, where folders do not tell: names of the classes, one a line, or a .csv "
        + "of path,index.", valueName: "file"))
  var labels: String?

  @Flag(help: "Print JSON in place of a table.")
  var json = false

  @OptionGroup(title: "Engine") var engine: EngineFlags
  @OptionGroup var reporting: ReportFlags
  @OptionGroup var messages: MessageFlags

  func validate() throws {
    let names = ood.map(\.name)
    if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
      throw ValidationError("two OOD sets are called \(twice): give each its own name")
    }
    try reporting.check(isNoneOf: guarded + [id] + ood.map(\.source) + [labels].compactMap { $0 })
  }

  func run() async throws {
    let console = Console(quiet: messages.quiet)
    let reportFile = try reporting.open()
    let inDistribution = try ImageSources.open(id)
    let sets = try ood.map { Evaluation.OODSet(name: $0.name, source: try ImageSources.open($0.source)) }
    console.warn(of: [inDistribution] + sets.map(\.source))
    let labelFile = try labels.map { try LabelFile(path: $0) }
    let openVINO = try Engine()
    var reports: [DetectorReport] = []
    var failed: Set<String> = []
    var page = reportFile.map { _ in
      EvaluationPage(models: guarded.count, engine: ReportFile.engineVersion)
    }
    for (path, name) in zip(guarded, names) {
      let detector = try Detector(
        contentsOf: URL(filePath: path), engine: openVINO, options: engine.runOptions(console),
        measuresNorms: page != nil)
      let metadata = detector.guarded.metadata
      let evaluation = try await Evaluation(
        of: detector, name: name, inDistribution: inDistribution, outOfDistribution: sets,
        labels: TrueLabels(metadata, file: labelFile))
      console.endProgress()
      for failure in evaluation.failures where failed.insert("\(failure)").inserted {
        console.warn("\(failure)")
      }
      reports += evaluation.reports
      page?.append(evaluation, of: name, metadata)
    }
    if let page { try reportFile?.write(page.html) }
    let report = EvaluationReport(detectors: reports)
    try ResultWriter.print(report, asJSON: json, text: EvaluationText(report).text)
    if !failed.isEmpty { throw Stop(status: .inputFailed, message: nil) }
  }

  /// The files' names, or their whole paths where two have the same name.
  private var names: [String] {
    let short = guarded.map { URL(filePath: $0).lastPathComponent }
    return Set(short).count == short.count ? short : guarded
  }
}

import ArgumentParser
import Engines
import Foundation
import Imaging
import Oddity
import OddityReport

/// `oddity assess`: assesses a batch of images without labels.
struct AssessCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "assess",
    abstract: "Assesses a batch without labels: shift, strange images, expected accuracy.",
    discussion: """
      Takes some hundreds of images or more; their classes may be unknown. Tells whether the batch has \
      shifted from the calibration images, what share of it is strange at least (with 95 % confidence), and \
      which accuracy to expect on the images that are not flagged. The accuracy is known only if the model \
      was calibrated on labelled images that are new to the classifier (--calibration with class folders).

      --max-outliers, --shift-alpha and --min-accuracy turn the command into a gate: the exit code is 1 if \
      the batch fails one of them, or if an image cannot be used. They are compared with the bounds of the \
      95 % intervals, not with the estimates.

        oddity assess guarded.onnx photos/
        oddity assess guarded.onnx photos/ --report assessment.html
        oddity assess guarded.onnx photos/ --max-outliers 0.05 --min-accuracy 0.9
      """)

  @Argument(help: ArgumentHelp("The guarded model.", valueName: "guarded"))
  var guarded: String

  @Argument(help: .images)
  var sources: [String]

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Fail if the lower bound of the share of strange images is above this.",
      valueName: "share"))
  var maxOutliers: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Fail if the p-value of the shift is at most this value, which must be 0.001 or more.", valueName: "p")
  )
  var shiftAlpha: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Fail unless the lower bound of the accuracy on accepted images is at least this.", valueName: "share"))
  var minAccuracy: Double?

  @Flag(help: "Print JSON instead of text.")
  var json = false

  @OptionGroup(title: "Engine") var engine: EngineFlags
  @OptionGroup var reporting: ReportFlags
  @OptionGroup var messages: MessageFlags

  func validate() throws {
    for (gate, value) in [
      (AssessmentGate.maxOutliers, maxOutliers), (.shiftAlpha, shiftAlpha), (.minAccuracy, minAccuracy),
    ] {
      guard let value, let objection = AssessmentGates.objection(to: value, for: gate) else { continue }
      throw ValidationError("--\(gate.rawValue) \(value): \(objection)")
    }
    try reporting.check(isNoneOf: [guarded] + sources)
  }

  private var gates: AssessmentGates {
    AssessmentGates(maxOutliers: maxOutliers, shiftAlpha: shiftAlpha, minAccuracy: minAccuracy)
  }

  func run() async throws {
    let console = Console(quiet: messages.quiet)
    let reportFile = try reporting.open()
    let model = try GuardedModel(contentsOf: URL(filePath: guarded))
    let source = JoinedSource(try ImageSources.openJoiningImages(sources))
    try model.metadata.checkPictures(of: [source])
    for warning in [source].warnings { console.warn(warning.text) }
    let opened = try engine.open()
    let detector = try Detector(
      model, engine: opened, options: engine.runOptions(console), measuresNorms: true)
    let assessment = try await detector.assess(source, gates: gates) { console.warn("\($0)") }
    console.endProgress()
    for warning in assessment.warnings { console.warn(warning.text) }
    if let reportFile {
      let examples = assessment.groups.flatMap(\.examplesFound).map(\.position)
      let page = AssessmentPage(
        assessment, model, source: source, maps: try await detector.maps(of: source, at: examples),
        engine: opened.description)
      try reportFile.finish(with: page.html)
    }
    try ResultWriter.print(assessment, asJSON: json, text: assessment.text)
    if !assessment.passes || assessment.failures > 0 { throw Stop(status: .inputFailed, message: nil) }
  }
}

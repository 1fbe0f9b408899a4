import ArgumentParser
import Engines
import Foundation
import Imaging
import Oddity

/// `oddity diagnose`: whether images reach a classifier in the same way as its calibration images.
struct DiagnoseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diagnose",
    abstract: "Checks whether images are preprocessed as the classifier expects, and names the fault if not.",
    discussion: """
      Takes 64 or more images of the kind that the classifier was trained on; their classes may be unknown. \
      A guarded model stores what its calibration images look like to it, and what they would look like with \
      each fault. The exit code is 1 if the images look faulty, or if one of them cannot be used; the \
      verdict tells which of the two it is.

      On average over fits, one healthy batch in a hundred is wrongly called faulty, if its mix of classes \
      is the usual one.

      To diagnose tensors that your own pipeline makes, pass them as an array of float32. If you also have \
      the images that they were made from, use --tensors: it compares your tensors with those that Oddity \
      makes, and names the step that differs.

        oddity diagnose guarded.onnx photos/
        oddity diagnose guarded.onnx batch.npy
        oddity diagnose guarded.onnx --tensors batch.npy --images photos/
      """)

  @Argument(help: ArgumentHelp("The guarded model.", valueName: "guarded"))
  var guarded: String

  @Argument(help: .images)
  var sources: [String] = []

  @Option(
    help: ArgumentHelp(
      "Tensors that your own pipeline made, float32 [N, …], one row for each image of --images.",
      valueName: "file.npy"))
  var tensors: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "The images that --tensors were made from, in the order of their names.", valueName: "source"))
  var images: [String] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Take a random sample of this many images, drawn with the seed (default: a quarter of the number of "
        + "calibration images that they are compared with, from 64 to 256).",
      valueName: "n"))
  var limit: Int?

  @Flag(help: "Print JSON in place of text.")
  var json = false

  @OptionGroup(title: "Engine") var engine: EngineFlags
  @OptionGroup var messages: MessageFlags

  func validate() throws {
    if tensors == nil, !images.isEmpty {
      throw ValidationError(
        "--images is given without --tensors: name the tensors that were made from these images")
    }
    if tensors != nil, images.isEmpty {
      throw ValidationError(
        "--tensors is given without --images: name the images that the tensors were made from")
    }
    guard sources.isEmpty == (tensors != nil) else {
      throw ValidationError(
        tensors == nil
          ? "name images to diagnose" : "--tensors is compared with --images only: leave \(sources[0]) out"
      )
    }
    if let limit, limit < Diagnosis.leastImages {
      throw ValidationError("--limit \(limit): at least \(Diagnosis.leastImages) images are needed")
    }
  }

  func run() async throws {
    let console = Console(quiet: messages.quiet)
    let model = try GuardedModel(contentsOf: URL(filePath: guarded))
    if let tensors { return try check(tensors, model) }
    _ = try model.signatures()
    let source = JoinedSource(try ImageSources.openJoiningImages(sources))
    try model.metadata.checkPictures(of: [source])
    for warning in [source].warnings { console.warn(warning.text) }
    let detector = try Detector(
      model, engine: engine.open(), options: engine.runOptions(console), measuresNorms: true)
    let diagnosis = try await detector.diagnose(source, limit: limit) { console.warn("\($0)") }
    console.endProgress()
    for warning in diagnosis.warnings { console.warn(warning.text) }
    try ResultWriter.print(diagnosis, asJSON: json, text: diagnosis.text)
    if diagnosis.verdict == .fault || diagnosis.failures > 0 {
      throw Stop(status: .inputFailed, message: nil)
    }
  }

  private func check(_ tensors: String, _ model: GuardedModel) throws {
    let check = try model.check(
      tensors: ImageSources.open(tensors), of: JoinedSource(ImageSources.openJoiningImages(images)))
    try ResultWriter.print(check, asJSON: json, text: check.text)
    if ![.same, .close].contains(check.verdict) { throw Stop(status: .inputFailed, message: nil) }
  }
}

import ArgumentParser
import Engines
import Foundation
import Imaging
import Oddity

/// `oddity diagnose`: whether images reach a classifier in the same way as its calibration images.
struct DiagnoseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diagnose",
    abstract: "Tells whether images reach the classifier as they should, and which fault it is where not.",
    discussion: """
      Takes 64 or more images of the kind that the classifier was trained on; nobody has to know their classes. A guarded model \
      carries what its calibration images look like to it, and what they would look like with each fault. Exit code 1 where the images \
      look faulty, or where one of them cannot be used; the verdict tells which.

      On average over fits, one healthy batch in a hundred is called faulty, if it has the usual mix of classes.

      To diagnose tensors that your own pipeline makes, pass them as an array of float32. With the images that they were made of, \
      --tensors compares them with those that Oddity makes, and names the step that differs.

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
      "The images that --tensors were made of, in the order of their names.", valueName: "source"))
  var images: [String] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Take a seeded sample of so many images (default: a quarter as many as the calibration images that they are compared with, 64 to 256).",
      valueName: "n"))
  var limit: Int?

  @Flag(help: "Print JSON in place of text.")
  var json = false

  @OptionGroup(title: "Engine") var engine: EngineFlags
  @OptionGroup var messages: MessageFlags

  func validate() throws {
    if tensors == nil, !images.isEmpty {
      throw ValidationError("--images without --tensors: name the tensors that were made of them")
    }
    if tensors != nil, images.isEmpty {
      throw ValidationError("--tensors without --images: name the images that they were made of")
    }
    guard sources.isEmpty == (tensors != nil) else {
      throw ValidationError(
        tensors == nil
          ? "name images to diagnose" : "--tensors compares them with --images alone: leave \(sources[0]) out"
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

import ArgumentParser
import Foundation
import Imaging
import Oddity
import Engines

/// `oddity score`: one line for each image.
struct ScoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Scores images and prints the p-value, verdict and class of each.",
    discussion: """
      Results are in the order of the inputs. If an image cannot be read, its line holds the error, and the \
      exit code is 1.

        oddity score guarded.onnx new-images/ --only-outliers
        oddity score guarded.onnx lake/ --shard 3/7 --output 3.jsonl --resume
      """)

  @Argument(help: ArgumentHelp("The guarded model.", valueName: "guarded"))
  var guarded: String

  @Argument(help: .images)
  var sources: [String]

  @Option(help: ArgumentHelp("The format of the results.", valueName: "jsonl|csv|table"))
  var format = ScoreLines.Format.jsonl

  @Flag(help: "Print only the images that are outliers.")
  var onlyOutliers = false

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Write results to this file instead of standard output.", valueName: "file"))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Write pictures to this folder that show where each image is strange; the model must have been fitted "
        + "with --with-map.",
      valueName: "dir"))
  var maps: String?

  @Flag(
    help: ArgumentHelp(
      "Write each line to --output at once, and continue after the lines that an interrupted run left there.")
  )
  var resume = false

  @OptionGroup var sharing: ShardFlags
  @OptionGroup(title: "Engine") var engine: EngineFlags
  @OptionGroup var messages: MessageFlags

  /// How many lines are passed on together: at most as many as the images of the smallest batch.
  private static let linesAtOnce = 8

  func validate() throws {
    if let output { try SourceCheck.refuse(output: output, among: [guarded] + sources) }
    if maps?.isEmpty == true { throw ValidationError("--maps is empty: name a folder") }
    guard resume else { return }
    if output == nil || output == "-" {
      throw ValidationError("--resume continues a file: name it with --output")
    }
    if format != .jsonl {
      throw ValidationError("--resume does not work with --format \(format): use --format jsonl")
    }
    if onlyOutliers {
      throw ValidationError(
        "--resume does not work with --only-outliers, because it needs a line for every image to tell which "
          + "are done: leave --only-outliers out and pick the outliers afterwards")
    }
  }

  func run() async throws {
    let console = Console(quiet: messages.quiet)
    let resumed = resume ? try output.map { try ResumedResults(path: $0) } : nil
    let writer = try resumed.map { ResultWriter(appendingTo: $0) } ?? ResultWriter(path: output)
    let model = try GuardedModel(contentsOf: URL(filePath: guarded))
    // A line belongs to its image by position. One line for a whole source that failed would therefore shift
    // all others.
    let opened = try ImageSources.openJoiningImages(sources, needsAll: resume)
    let detector = try Detector(
      model, engine: engine.open(), options: engine.runOptions(console), makesMaps: maps != nil)
    let folder = try maps.map { try MapFolder(path: $0) }
    try warn(of: opened, detector.guarded.metadata, console)
    var share = ImageShare(opened, shard: sharing.shard ?? .whole)
    var failures = 0
    if let resumed {
      let done = try await checkedResults(resumed, of: share, by: detector)
      if done.images > 0 { console.note("\(done.images) images are done already: continuing after them") }
      try resumed.cutHalfALine(of: share[done.images]?.item)
      failures = done.failures
      share = share.dropFirst(done.images)
    }
    failures += try await score(share, by: detector, to: writer, folder, console)
    if failures > 0 { throw Stop(status: .inputFailed, message: nil) }
  }

  /// Warns if images may reach the model in the wrong way.
  ///
  /// - Throws: ``OddityError`` if no image can be scored correctly.
  private func warn(of sources: [any ImageSource], _ metadata: GuardMetadata, _ console: Console) throws {
    for warning in sources.warnings { console.warn(warning.text) }
    if try sources.allSatisfy({ try $0.tensorRange() == nil }) { try metadata.checkPictures(of: sources) }
    for warning in try metadata.warnings(of: sources) { console.warn(warning.text) }
  }

  /// The results of an earlier run, after a check that it used this model.
  private func checkedResults(
    _ results: ResumedResults, of share: ImageShare, by detector: Detector
  ) async throws -> ResumedResults.Done {
    let done = try results.done { share[$0]?.item }
    if let (image, line) = done.lastScored, let place = share[image] {
      try await detector.score(place.source, selecting: [place.position]) { outcome in
        try results.check(line, is: outcome.result.get())
      }
    }
    return done
  }

  /// Scores images and writes a line for each.
  ///
  /// - Returns: how many images failed.
  private func score(
    _ share: ImageShare, by detector: Detector, to writer: ResultWriter, _ folder: MapFolder?,
    _ console: Console
  ) async throws -> Int {
    let lines = ScoreLines(detector.guarded.metadata, format: format)
    try writer.write(lines.heading)
    var failures = 0
    var withoutMap = 0
    var waiting = 0
    let stretch = engine.batch ?? Self.linesAtOnce
    for (source, positions) in share.stretches where !positions.isEmpty {
      let selection = positions == source.items.indices ? nil : Array(positions)
      try await detector.score(source, selecting: selection) { outcome in
        if case .failure(let error) = outcome.result {
          failures += 1
          console.warn("\(error)")
        }
        // An image that could not be scored also needs attention, so it is printed too.
        if !onlyOutliers || (try? outcome.result.get().isOutlier) ?? true {
          try writer.write(lines.line(outcome))
          if let folder, let image = try? outcome.result.get() {
            if let map = image.map { try folder.write(map, of: image.item) } else { withoutMap += 1 }
          }
        }
        waiting += 1
        if waiting % stretch == 0 { try writer.flush() }
      }
    }
    console.endProgress()
    try writer.finish()
    if withoutMap > 0 {
      console.warn(
        "\(withoutMap == 1 ? "1 image has" : "\(withoutMap) images have") no map, because its values are not "
          + "finite numbers"
      )
    }
    if let folder, folder.replaced > 0 {
      console.warn(
        "\(folder.replaced == 1 ? "1 map was" : "\(folder.replaced) maps were") overwritten, because several "
          + "images have the same name: score such images one by one"
      )
    }
    return failures
  }
}

extension ScoreLines.Format: ExpressibleByArgument {}

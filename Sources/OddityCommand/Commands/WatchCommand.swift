import ArgumentParser
import Foundation
import Imaging
import Oddity

/// `oddity watch`: scores images as they arrive in a folder.
struct WatchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Scores images as they arrive in a folder, and tells when they drift.",
    discussion: """
      Writes a line of JSON for each image, as 'oddity score' does, look by look, in the order of their paths. A file is read when its size has not \
      changed between two looks. Warns once where the stream is no longer like the calibration images (a conformal test martingale). Goes on \
      until Ctrl-C, or with --idle until no image has come for so long.

        oddity watch guarded.onnx incoming/ >> verdicts.jsonl
      """)

  @Argument(help: ArgumentHelp("The guarded model.", valueName: "guarded"))
  var guarded: String

  @Argument(help: ArgumentHelp("The folder; images in folders below it count too.", valueName: "folder"))
  var folder: String

  @Flag(help: "Score the images that are there already, too.")
  var existing = false

  @Flag(help: "Leave out the images that are no outliers.")
  var onlyOutliers = false

  @Option(help: ArgumentHelp("Seconds between two looks.", valueName: "seconds"))
  var interval = 1.0

  @Option(help: ArgumentHelp("End when no image has come for so many seconds.", valueName: "seconds"))
  var idle: Double?

  @Option(
    help: ArgumentHelp("The probability of ever raising a false alarm of drift.", valueName: "probability"))
  var driftDelta = 0.01

  @OptionGroup(title: "Engine") var engine: EngineFlags
  @OptionGroup var messages: MessageFlags

  func validate() throws {
    guard interval > 0, interval.isFinite else {
      throw ValidationError("--interval \(interval): give seconds above 0")
    }
    if let idle, !(idle >= 0 && idle.isFinite) { throw ValidationError("--idle \(idle): give seconds") }
    guard driftDelta > 0, driftDelta < 1 else {
      throw ValidationError("--drift-delta \(driftDelta): give a probability between 0 and 1")
    }
  }

  func run() async throws {
    let console = Console(quiet: messages.quiet)
    let model = try GuardedModel(contentsOf: URL(filePath: guarded))
    var arrivals = try Arrivals(folder: folder)
    if !existing { arrivals.skipAll() }
    let writer = try ResultWriter(path: nil)
    let detector = try Detector(model, engine: engine.open(), options: engine.runOptions(console))
    var drift = try model.calibrationSample().map {
      StreamMartingale(ScoreBins($0.scores), seed: model.metadata.seed)
    }
    let lines = ScoreLines(model.metadata, format: .jsonl)
    var failures = 0
    var last = ContinuousClock.now
    while true {
      if let (source, positions) = arrivals.next() {
        last = .now
        try await detector.score(source, selecting: positions) { outcome in
          if let image = try? outcome.result.get() {
            warn(of: &drift, image.score, console)
          } else {
            failures += 1
          }
          if !onlyOutliers || (try? outcome.result.get().isOutlier) ?? true {
            try writer.write(lines.line(outcome))
          }
        }
        try writer.flush()
      }
      if let idle, last.duration(to: .now) >= .seconds(idle), !arrivals.areWaiting { break }
      try await Task.sleep(for: .seconds(interval))
    }
    try writer.finish()
    if failures > 0 { throw Stop(status: .inputFailed, message: nil) }
  }

  /// Warns once.
  private func warn(of drift: inout StreamMartingale?, _ score: Float, _ console: Console) {
    guard var martingale = drift else { return }
    let hadAlarmed = martingale.state.hasAlarmed(delta: driftDelta)
    martingale.observe(score)
    drift = martingale
    guard !hadAlarmed, martingale.state.hasAlarmed(delta: driftDelta) else { return }
    console.warn(
      "drift: after \(martingale.state.images) images the stream is no longer like the calibration images")
  }
}

/// The images of a folder that came since the last look, and are written to the end.
private struct Arrivals {
  private let folder: String
  /// Sizes and times of files that were not ready yet.
  private var waiting: [String: Stamp] = [:]
  private var seen: Set<String> = []

  private struct Stamp: Equatable {
    let size: Int
    let time: Date
  }

  /// - Throws: ``OddityError`` `.badData` where it is no folder.
  init(folder: String) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
      throw OddityError(.badData, "\(folder) is no folder: name one that exists")
    }
    self.folder = folder
  }

  /// Whether there are files that are not ready yet.
  var areWaiting: Bool { !waiting.isEmpty }

  mutating func skipAll() { seen.formUnion(source?.items.map(\.path) ?? []) }

  /// A source, and the positions of the images in it that are ready; nil where none are.
  mutating func next() -> (source: any ImageSource, positions: [Int])? {
    guard let source else { return nil }
    var ready: [Int] = []
    var stillWaiting: [String: Stamp] = [:]
    for (position, item) in source.items.enumerated() where !seen.contains(item.path) {
      guard let stamp = stamp(item.path) else { continue }
      if waiting[item.path] == stamp {
        ready.append(position)
      } else {
        stillWaiting[item.path] = stamp
      }
    }
    waiting = stillWaiting
    seen.formUnion(ready.map { source.items[$0].path })
    return ready.isEmpty ? nil : (source, ready)
  }

  /// The folder as it is now; nil while it holds no image, or cannot be read.
  private var source: (any ImageSource)? { try? ImageSources.open(folder) }

  private func stamp(_ path: String) -> Stamp? {
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(path)"),
      let size = attributes[.size] as? Int, let time = attributes[.modificationDate] as? Date
    else { return nil }
    return Stamp(size: size, time: time)
  }
}

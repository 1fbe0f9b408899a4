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
      Checks the folder at an interval and writes a line of JSON for each new image, as 'oddity score' does, \
      in the order of their paths. A file is read once its size has stayed the same between two checks. \
      Warns once if the stream is no longer like the calibration images (a conformal test martingale). Runs \
      until Ctrl-C, or, with --idle, until no image has come for that time.

        oddity watch guarded.onnx incoming/ >> verdicts.jsonl
      """)

  @Argument(help: ArgumentHelp("The guarded model.", valueName: "guarded"))
  var guarded: String

  @Argument(help: ArgumentHelp("The folder to watch, with all folders in it.", valueName: "folder"))
  var folder: String

  @Flag(help: "Also score the images that are in the folder at the start.")
  var existing = false

  @Flag(help: "Print only the images that are outliers.")
  var onlyOutliers = false

  @Option(help: ArgumentHelp("Seconds between two checks of the folder.", valueName: "seconds"))
  var interval = 1.0

  @Option(help: ArgumentHelp("Stop when no image has come for this many seconds.", valueName: "seconds"))
  var idle: Double?

  @Option(
    help: ArgumentHelp("The probability of ever raising a false alarm of drift.", valueName: "probability"))
  var driftDelta = 0.01

  @OptionGroup(title: "Engine") var engine: EngineFlags
  @OptionGroup var messages: MessageFlags

  /// One day, in seconds.
  private static let longest = 86_400.0

  func validate() throws {
    guard interval > 0, interval <= Self.longest else {
      throw ValidationError("--interval \(interval): give seconds above 0, and at most \(Int(Self.longest))")
    }
    if let idle, !(0...Self.longest ~= idle) {
      throw ValidationError("--idle \(idle): give seconds, at most \(Int(Self.longest))")
    }
    guard driftDelta > 0, driftDelta < 1 else {
      throw ValidationError("--drift-delta \(driftDelta): give a probability between 0 and 1")
    }
  }

  func run() async throws {
    let console = Console(quiet: messages.quiet)
    let model = try GuardedModel(contentsOf: URL(filePath: guarded))
    var arrivals = try Arrivals(folder: folder)
    if !existing { try arrivals.skipAll() }
    let writer = try ResultWriter(path: nil)
    let detector = try Detector(model, engine: engine.open(), options: engine.runOptions(console))
    var drift = try model.calibrationSample().map {
      StreamMartingale(ScoreBins($0.scores), seed: model.metadata.seed)
    }
    let lines = ScoreLines(model.metadata, format: .jsonl)
    console.note(
      "watching \(folder)"
        + (existing ? "" : " for new images; pass --existing to score those that are there already")
    )
    var failures = 0
    var last = ContinuousClock.now
    while true {
      if let (source, positions) = try arrivals.next() {
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
        last = .now
      }
      if let idle, last.duration(to: .now) >= .seconds(idle), !arrivals.areWaiting { break }
      try await Task.sleep(for: .seconds(interval))
    }
    try writer.finish()
    if failures > 0 { throw Stop(status: .inputFailed, message: nil) }
  }

  /// Warns the first time that the stream has drifted.
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

/// The images that have come into a folder since the last check, and are completely written.
private struct Arrivals {
  private let folder: String
  /// Files that were not ready at the last check, with the state that they had.
  private var waiting: [[UInt8]: Stamp] = [:]
  /// Files that were taken, with the state that they had. If a file is written again, it is taken again.
  private var taken: [[UInt8]: Stamp] = [:]

  private struct Stamp: Equatable {
    let size: Int64
    let seconds: Int
    let nanoseconds: Int
  }

  /// - Throws: ``OddityError`` `.badData` if it is not a folder.
  init(folder: String) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
      throw OddityError(.badData, "\(folder) is not a folder: name one that exists")
    }
    self.folder = folder
  }

  /// Whether some files are not ready yet.
  var areWaiting: Bool { !waiting.isEmpty }

  mutating func skipAll() throws {
    guard let source = try source() else { return }
    taken = stamps(of: source).reduce(into: [:]) { $0[source.items[$1.position].nameBytes] = $1.stamp }
  }

  /// A source, and the positions of its images that are ready, or nil if none are.
  mutating func next() throws -> (source: any ImageSource, positions: [Int])? {
    guard let source = try source() else {
      (waiting, taken) = ([:], [:])
      return nil
    }
    var ready: [Int] = []
    var (stillWaiting, stillTaken): ([[UInt8]: Stamp], [[UInt8]: Stamp]) = ([:], [:])
    for (position, stamp) in stamps(of: source) {
      let name = source.items[position].nameBytes
      if taken[name] == stamp {
        stillTaken[name] = stamp
      } else if waiting[name] == stamp {
        ready.append(position)
        stillTaken[name] = stamp
      } else {
        stillWaiting[name] = stamp
      }
    }
    (waiting, taken) = (stillWaiting, stillTaken)
    return ready.isEmpty ? nil : (source, ready)
  }

  /// The current content of the folder, or nil while it holds no image.
  private func source() throws -> (any ImageSource)? {
    do {
      return try ImageSources.open(folder)
    } catch  where error.code == .noImages {
      return nil
    }
  }

  /// The states of the files that exist. For a link, the state of its target.
  private func stamps(of source: any ImageSource) -> [(position: Int, stamp: Stamp)] {
    source.items.indices.compactMap { position in
      var found = stat()
      let path = source.items[position].nameBytes.map { CChar(bitPattern: $0) } + [0]
      guard stat(path, &found) == 0 else { return nil }
      return (
        position,
        Stamp(size: Int64(found.st_size), seconds: found.st_mtim.tv_sec, nanoseconds: found.st_mtim.tv_nsec)
      )
    }
  }
}

import COddity
import Foundation
import Imaging
import Oddity
import OddityCommand
import Engines
import Synchronization

@c @implementation
public func oddity_detector_open(
  _ path: UnsafePointer<CChar>?, _ engine: UnsafePointer<oddity_engine>?,
  _ detector: UnsafeMutablePointer<oddity_handle>?, _ error: UnsafeMutablePointer<oddity_error>?
) -> Int32 {
  attempt(error) {
    _ = try required(detector, "detector")
    let path = try requiredText(path, "path")
    let settings = engine?.pointee ?? oddity_engine()
    let options = try RunOptions(settings)
    let choice = try EngineChoice(settings)
    ProcessOfLibrary.begin()
    Setting.speakOfFlags()
    let opened = try Detector(contentsOf: URL(filePath: path), engine: Engine(choice), options: options)
    try detector.receive(opened, "detector")
  }
}

extension EngineChoice {
  fileprivate init(_ engine: oddity_engine) throws {
    let name = try engine.name.map { try Name(named: requiredText($0, "name")) }
    let device = try engine.device.map { try requiredText($0, "device") }
    self = try EngineChoice.chosen(name, device: device)
  }
}

extension EngineChoice.Name {
  /// - Throws: ``Failure`` if no engine has this name.
  init(named text: String) throws {
    guard let name = Self(rawValue: text) else {
      let known = Self.allCases.map(\.rawValue).joined(separator: " or ")
      throw Failure.usage("no engine is called '\(text)': name \(known)")
    }
    self = name
  }
}

extension RunOptions {
  init(_ engine: oddity_engine) throws {
    guard engine.threads >= 0, engine.batch >= 0, engine.device_memory >= 0 else {
      throw Failure.usage(
        "threads are \(engine.threads), batch is \(engine.batch), and device_memory is \(engine.device_memory): none may be "
          + "negative")
    }
    let name = try engine.precision.map { try requiredText($0, "precision") } ?? Precision.f32.rawValue
    guard let precision = Precision(rawValue: name) else {
      throw Failure.usage("no precision is called '\(name)': name f32 or bf16")
    }
    self.init(
      threads: engine.threads == 0 ? nil : Int(engine.threads),
      batchSize: engine.batch == 0 ? nil : Int(engine.batch), precision: precision,
      cacheDirectory: try engine.cache_dir.map { try requiredText($0, "cache_dir") },
      deviceMemory: engine.device_memory == 0 ? nil : Int(engine.device_memory))
  }
}

@c @implementation
public func oddity_detector_describe(
  _ detector: oddity_handle, _ json: UnsafeMutablePointer<oddity_handle>?,
  _ error: UnsafeMutablePointer<oddity_error>?
) -> Int32 {
  attempt(error) {
    let metadata = try Handles.object(detector, as: Detector.self).guarded.metadata
    guard case .object(let members) = try JSONValue(encoding: metadata) else {
      throw Failure(status: Int32(ODDITY_INTERNAL), message: "the model's metadata is not a JSON object")
    }
    let shape = JSONValue.array(metadata.preprocessing.sampleShape.map { JSONValue($0) })
    try json.receive(JSONValue.object(members + [.init(key: "sample_shape", value: shape)]).bytes, "json")
  }
}

@c @implementation
public func oddity_score(
  _ detector: oddity_handle, _ source: oddity_handle, _ columns: UnsafePointer<oddity_columns>?,
  _ rows: Int64,
  _ listener: oddity_listener?, _ context: UnsafeMutableRawPointer?,
  _ failures: UnsafeMutablePointer<oddity_handle>?, _ error: UnsafeMutablePointer<oddity_error>?
) -> Int32 {
  attempt(error) {
    let detector = try Handles.object(detector, as: Detector.self)
    let source = try Handles.object(source, as: SourceBuilder.self).source
    let columns = Columns(
      try required(columns, "columns").pointee, scores: detector.guarded.metadata.scores.count)
    _ = try required(failures, "failures")
    try source.requireCount(rows)
    let messages = try Waiting(listener: listener, context: context).run { events in
      try events.warn(of: source, detector.guarded.metadata)
      return try await detector.telling(events.follow).score(source) { columns.write($0, row: $1) }
    }
    try failures.receive(messages)
  }
}

@c @implementation
public func oddity_score_tensors(
  _ detector: oddity_handle, _ values: UnsafePointer<Float>?, _ shape: UnsafePointer<Int64>?, _ rank: Int32,
  _ columns: UnsafePointer<oddity_columns>?, _ listener: oddity_listener?,
  _ context: UnsafeMutableRawPointer?,
  _ error: UnsafeMutablePointer<oddity_error>?
) -> Int32 {
  attempt(error) {
    let detector = try Handles.object(detector, as: Detector.self)
    let metadata = detector.guarded.metadata
    let columns = Columns(try required(columns, "columns").pointee, scores: metadata.scores.count)
    let taken = metadata.preprocessing.sampleShape
    let wanted = "the network takes [N, \(taken.map(String.init).joined(separator: ", "))]"
    let sides = try required(shape, "shape")
    guard Int(rank) == 1 + taken.count else { throw Failure.usage("\(wanted), not an array of rank \(rank)") }
    let shape = (0..<Int(rank)).map { Int(sides[$0]) }
    guard shape.dropFirst() == taken[...], shape[0] >= 0, let count = shape.declaredProduct else {
      throw Failure.usage("\(wanted), not an array of shape \(shape)")
    }
    guard count > 0 else { return }
    let start = try required(values, "values")
    guard Int(bitPattern: start) % MemoryLayout<Float>.alignment == 0 else {
      throw Failure.usage(
        "values are not aligned to \(MemoryLayout<Float>.alignment) bytes: pass a copy that is")
    }
    let borrowed = BorrowedValues(start, count: count)
    try Waiting(listener: listener, context: context).run { events in
      if let range = ValueRange.inSome(of: borrowed.buffer, length: metadata.preprocessing.sampleCount),
        let warning = metadata.warning(of: range, in: "the array")
      {
        events.add(.init(text: warning.text))
      }
      try await detector.telling(events.follow).score(tensors: borrowed) { columns.write($1, row: $0) }
    }
  }
}

extension Events {
  /// Warns if images may reach the model in the wrong way, as `oddity score` does.
  ///
  /// - Throws: ``OddityError`` if no image can be scored correctly.
  func warn(of source: any ImageSource, _ metadata: GuardMetadata) throws {
    if try source.tensorRange() == nil { try metadata.checkPictures(of: [source]) }
    let remarks = source.remarks + (try metadata.warnings(of: [source])).map(\.text)
    for remark in remarks { add(.init(text: remark)) }
  }

  /// Receives progress.
  var follow: @Sendable (Oddity.Progress) -> Void {
    { [self] in add(.init(text: $0.task, done: $0.done, total: $0.total)) }
  }
}

extension ImageSource {
  /// - Throws: ``Failure`` if the caller expects another number of images.
  func requireCount(_ rows: Int64) throws {
    guard rows == Int64(items.count) else {
      throw Failure.usage("there are \(rows) rows but \(items.count) images: pass one row for each image")
    }
  }
}

extension UnsafeMutablePointer<oddity_handle>? {
  /// Gives the caller the messages by row, or 0 if there are none.
  func receive(_ messages: [(row: Int, message: String)]) throws {
    guard !messages.isEmpty else {
      try required(self, "failures").pointee = 0
      return
    }
    let members = messages.map { JSONValue.Member(key: String($0.row), value: .string($0.message)) }
    try receive(JSONValue.object(members).bytes, "failures")
  }
}

extension Detector {
  /// Scores all images of a source, in their order.
  ///
  /// - Parameter write: receives each image's row. nil stands for an image that could not be scored.
  /// - Returns: why these images could not be scored.
  func score(
    _ source: any ImageSource, write: (_ image: ScoredImage?, _ row: Int) -> Void
  ) async throws -> [(row: Int, message: String)] {
    var failures: [(row: Int, message: String)] = []
    var row = 0
    try await score(source) { outcome in
      switch outcome.result {
      case .success(let image): write(image, row)
      case .failure(let error):
        write(nil, row)
        failures.append((row, "\(error)"))
      }
      row += 1
    }
    return failures
  }
}

/// The caller's columns. Unchecked, because the caller keeps them during the call, and only one task writes.
private struct Columns: @unchecked Sendable {
  private let columns: oddity_columns
  private let scores: Int

  init(_ columns: oddity_columns, scores: Int) { (self.columns, self.scores) = (columns, scores) }

  /// - Parameter image: nil for an image that could not be scored.
  func write(_ image: ScoredImage?, row: Int) {
    guard let image else { return writeFailure(row: row) }
    for (position, value) in image.scores.values.enumerated() {
      columns.scores?[row * scores + position] = value
    }
    columns.p_values?[row] = image.pValue
    columns.outliers?[row] = image.isOutlier ? 1 : 0
    columns.classes?[row] = Int64(image.classIndex)
    columns.confidences?[row] = image.confidence
    columns.calibrated_confidences?[row] = image.calibratedConfidence ?? .nan
  }

  private func writeFailure(row: Int) {
    for position in 0..<scores { columns.scores?[row * scores + position] = .nan }
    columns.p_values?[row] = .nan
    columns.outliers?[row] = 1
    columns.classes?[row] = -1
    columns.confidences?[row] = .nan
    columns.calibrated_confidences?[row] = .nan
  }
}

import Foundation
import ONNXGraph
import Engines

/// How a network is run: the same for fitting, scoring and evaluating.
public struct RunOptions: Sendable {
  /// The number of threads of the engine; `nil` leaves the choice to it.
  public var threads: Int?
  /// The number of images in one batch; `nil` chooses by their size. A network with a fixed batch runs with
  /// its own.
  public var batchSize: Int?
  public var precision: Precision
  /// Where the engine stores compiled models; `nil` stores none.
  public var cacheDirectory: String?
  /// The most bytes of a device's own memory for the tensors of one network; `nil` for all of it. A fit runs
  /// two networks. Only ONNX Runtime's `cuda` supports this limit.
  public var deviceMemory: Int?
  /// Called from time to time with the number of finished images.
  public var progress: @Sendable (Progress) -> Void

  public init(
    threads: Int? = nil, batchSize: Int? = nil, precision: Precision = .f32, cacheDirectory: String? = nil,
    deviceMemory: Int? = nil, progress: @escaping @Sendable (Progress) -> Void = { _ in }
  ) {
    self.threads = threads
    self.batchSize = batchSize
    self.precision = precision
    self.cacheDirectory = cacheDirectory
    self.deviceMemory = deviceMemory
    self.progress = progress
  }

  package var engineOptions: EngineOptions {
    EngineOptions(
      threads: threads, precision: precision, cacheDirectory: cacheDirectory, requests: requests,
      streams: streams, deviceMemory: deviceMemory)
  }

  /// The number of batches that the engine computes at once. On two cores, two batches are 5 to 40 % faster
  /// than a single one on both cores, more so on a busy machine. More than four would only use memory.
  private var streams: Int { min(max(threads ?? ProcessInfo.processInfo.activeProcessorCount, 1), 4) }

  /// The number of batches that the engine holds at once, so that each stream has its next batch ready.
  package var requests: Int { 2 * streams }

  /// The number of images in a batch of a network: its fixed size, the requested size, or the fastest one.
  ///
  /// - Parameter sampleCount: the number of values of one image. Small batches of large images stay in the
  ///   caches of a processor: at 224×224 pixels, 8 images are at least as fast as 32, in a quarter of the
  ///   memory.
  package func batchSize(of model: CompiledModel, sampleCount: Int) -> Int {
    let suited = min(Self.valuesInBatch / max(sampleCount, 1), Self.largestBatch)
    return max(model.batch ?? batchSize ?? model.measuredBatch ?? suited, 1)
  }

  /// Measures the fastest batch size of a separate device, unless a size was requested or there are too few
  /// images to make it worthwhile.
  package func measureBatch(
    of model: CompiledModel, on engine: Engine, sample: [Int], images: Int
  ) async throws {
    guard batchSize == nil, !engine.isOnProcessor else { return }
    try await model.measureBatch(sample: sample, upTo: images / Self.batchesWorthAMeasurement)
  }

  private static let batchesWorthAMeasurement = 128

  private static let valuesInBatch = 8 * 3 * 224 * 224
  private static let largestBatch = 32
}

/// The progress of a pass over images.
public struct Progress: Sendable, Equatable {
  /// The current task, in one or two words.
  public let task: String
  public let done: Int
  public let total: Int
  /// How many of `done` come from an earlier run, and therefore do not count for the speed of this one.
  public let reused: Int

  public init(task: String, done: Int, total: Int, reused: Int = 0) {
    self.task = task
    self.done = done
    self.total = total
    self.reused = reused
  }
}

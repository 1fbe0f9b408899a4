import Foundation
import ONNXGraph
import Engines

/// How a network is run: the same for fitting, scoring and evaluating.
public struct RunOptions: Sendable {
  /// Threads of the engine; `nil` leaves the choice to it.
  public var threads: Int?
  /// Images in one batch, `nil` for as many as suit their size; a network with a fixed batch runs with its own.
  public var batchSize: Int?
  public var precision: Precision
  /// Where the engine keeps compiled models; `nil` keeps none.
  public var cacheDirectory: String?
  /// Bytes of a device's own memory that the tensors of one network may take; `nil` for all of it. A fit runs two networks. Only ONNX
  /// Runtime's `cuda` has such a limit.
  public var deviceMemory: Int?
  /// Told now and then how many images are done.
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

  /// Batches that the engine computes at once: on two cores two of them are 5 to 40 % faster than one that has both, the
  /// more so the busier the machine is otherwise. More than four would only take memory.
  private var streams: Int { min(max(threads ?? ProcessInfo.processInfo.activeProcessorCount, 1), 4) }

  /// Batches that the engine is given at once: each stream has a next one when it is done with one.
  package var requests: Int { 2 * streams }

  /// Images in a batch of a network: as many as it is fixed to, as were asked for, or as are fastest.
  ///
  /// - Parameter sampleCount: values of one image. Where images are large, small batches stay in the caches of a processor: at
  ///   224×224 pixels 8 are as fast as 32 or faster, in a quarter of the memory.
  package func batchSize(of model: CompiledModel, sampleCount: Int) -> Int {
    let suited = min(Self.valuesInBatch / max(sampleCount, 1), Self.largestBatch)
    return max(model.batch ?? batchSize ?? model.measuredBatch ?? suited, 1)
  }

  /// Measures what a device of its own is fastest with, unless a size was asked for or too few images come for that to be worth it.
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

/// How far a pass over images has come.
public struct Progress: Sendable, Equatable {
  /// What is being done, in one or two words.
  public let task: String
  public let done: Int
  public let total: Int
  /// How many of `done` an earlier run had done: they say nothing about the speed of this one.
  public let reused: Int

  public init(task: String, done: Int, total: Int, reused: Int = 0) {
    self.task = task
    self.done = done
    self.total = total
    self.reused = reused
  }
}

import OpenVINORuntime

/// How a network is run: the same for fitting, scoring and evaluating.
public struct RunOptions: Sendable {
  /// Threads of the engine; `nil` leaves the choice to it.
  public var threads: Int?
  /// Images in one batch; a network with a fixed batch runs with its own.
  public var batchSize: Int
  public var precision: Precision
  /// Where the engine keeps compiled models; `nil` keeps none.
  public var cacheDirectory: String?
  /// Told now and then how many images are done.
  public var progress: @Sendable (Progress) -> Void

  public init(
    threads: Int? = nil, batchSize: Int = 32, precision: Precision = .f32, cacheDirectory: String? = nil,
    progress: @escaping @Sendable (Progress) -> Void = { _ in }
  ) {
    self.threads = threads
    self.batchSize = batchSize
    self.precision = precision
    self.cacheDirectory = cacheDirectory
    self.progress = progress
  }

  /// Batches that the engine works on at once.
  static let requests = 2

  var engineOptions: EngineOptions {
    EngineOptions(
      threads: threads, precision: precision, cacheDirectory: cacheDirectory, requests: RunOptions.requests)
  }
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

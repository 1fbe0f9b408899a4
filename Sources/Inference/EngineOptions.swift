/// The arithmetic of the engine.
public enum Precision: String, Sendable, CaseIterable {
  /// IEEE 754 single precision. This is the default.
  case f32
  /// bfloat16. It is faster on processors that support it, and changes logits by about 0.3 %.
  case bf16
}

/// How a model is compiled.
package struct EngineOptions: Sendable {
  /// The number of threads that compute; nil means one per core.
  package var threads: Int?
  package var precision: Precision
  /// The folder of the cache of compiled models; nil means no cache.
  package var cacheDirectory: String?
  /// The number of batches that may be in flight at once; at least one.
  package var requests: Int
  /// The number of batches that are computed at the same time, each with its share of the threads. With one
  /// stream, a single batch gets all threads. With several, no thread has to wait for others.
  package var streams: Int
  /// The maximum number of bytes of a device's memory for tensors; nil for all of it.
  package var deviceMemory: Int?

  package init(
    threads: Int? = nil, precision: Precision = .f32, cacheDirectory: String? = nil, requests: Int = 2,
    streams: Int = 1, deviceMemory: Int? = nil
  ) {
    self.threads = threads
    self.precision = precision
    self.cacheDirectory = cacheDirectory
    self.requests = requests
    self.streams = streams
    self.deviceMemory = deviceMemory
  }
}

import Imaging

/// Limits for watching the streams of a model.
public struct DriftLimits: Sendable {
  /// The probability that a source of a model ever raises a false alarm.
  public var delta = 0.01
  /// The most sources of a model.
  public var streams = 100

  public init() {}
}

/// The most that the server accepts. It refuses more with 413 or 503.
public struct ServerLimits: Sendable {
  public var bodyBytes = 32 << 20
  /// The memory for all bodies at one time, including what is decoded from them. Further bodies are refused.
  public var bodiesBytes = 256 << 20
  /// The longest time for a body to arrive, and for an answer to be read.
  public var bodyTime = Duration.seconds(60)
  /// The most pixels of one image. They are known from the header, before the image is decoded.
  public var pixels = 50_000_000
  public var imagesInRequest = 256
  public var headerBytes = 16 << 10
  /// The most open connections, if the process may have so many files. Further ones wait until one closes.
  public var connections = 16_384
  /// The most requests that are handled at once.
  public var concurrentRequests = 256
  /// The most images in a batch of the engine.
  public var maxBatch = 16
  /// How long an image waits for others to join its batch.
  public var maxDelay = Duration.milliseconds(2)
  /// The most images of a model that wait or are being scored. While so many are there, new requests are
  /// refused.
  public var queuedImages = 128

  /// How long the server still accepts requests after it reports that it is not ready.
  public var shutdownNotice = Duration.zero
  /// How long a connection may be idle before it is closed.
  public var idleTime = Duration.seconds(30)

  public init() {}

  /// Limits for unpacking a tar: its entries are the images of the request, and some that are not images.
  var archive: ArchiveLimits {
    var limits = ArchiveLimits.default
    limits.maximumEntries = 2 * min(imagesInRequest, 1 << 30)
    limits.maximumEntryBytes = bodyBytes
    limits.maximumTotalBytes = 4 * bodyBytes
    return limits
  }
}

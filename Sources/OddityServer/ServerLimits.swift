import Imaging

/// How the streams of a model are watched.
public struct DriftLimits: Sendable {
  /// The probability of ever raising a false alarm, for each source of each model.
  public var delta = 0.01
  /// Sources of a model, at most.
  public var streams = 100

  public init() {}
}

/// What the server takes at most; more is refused with 413 or 503.
public struct ServerLimits: Sendable {
  public var bodyBytes = 32 << 20
  /// Of all bodies that are there at once, with what is made of them; further ones are refused.
  public var bodiesBytes = 256 << 20
  /// How long a body may take to come, and an answer to be read.
  public var bodyTime = Duration.seconds(60)
  /// Of one image, known from its header before it is decoded.
  public var pixels = 50_000_000
  public var imagesInRequest = 256
  public var headerBytes = 16 << 10
  /// Connections that are open at once, as far as the process may have so many files; further ones wait until one closes.
  public var connections = 16_384
  /// Requests that are worked on at once.
  public var concurrentRequests = 256
  /// Images in a batch of the engine.
  public var maxBatch = 16
  /// How long an image waits for others to join its batch.
  public var maxDelay = Duration.milliseconds(2)
  /// Images that wait or are computed, for each model: a request is refused that comes when they are there.
  public var queuedImages = 128

  /// How long after the end of its readiness the server takes requests.
  public var shutdownNotice = Duration.zero
  /// A connection on which nothing happens for so long is closed.
  public var idleTime = Duration.seconds(30)

  public init() {}

  /// What a tar may unpack to: entries are images of the request, and some that are none.
  var archive: ArchiveLimits {
    var limits = ArchiveLimits.default
    limits.maximumEntries = 2 * min(imagesInRequest, 1 << 30)
    limits.maximumEntryBytes = bodyBytes
    limits.maximumTotalBytes = 4 * bodyBytes
    return limits
  }
}

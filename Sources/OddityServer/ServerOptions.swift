import Oddity

/// How a server answers.
public struct ServerOptions: Sendable {
  public var limits = ServerLimits()
  public var drift = DriftLimits()
  /// Where streams are kept over restarts; in memory only where there is none.
  public var store: StreamStore?
  /// Who may use it; everybody where there are none.
  public var keys: APIKeys?
  /// Whether the page shows the latest outliers, which are then kept in memory.
  public var keepsThumbnails = true

  public init() {}
}

import Foundation
import Oddity
import Synchronization

/// Watches the streams of one model: for each source a martingale that tells when its images have changed.
final class DriftMonitor: Sendable {
  let calibration: StreamCalibration
  /// The probability of ever raising a false alarm, for each source.
  let delta: Double
  private let mostStreams: Int
  private let watched: Mutex<Watched>

  private struct Watched {
    /// In the order in which they began.
    var names: [StreamName] = []
    var streams: [StreamName: StreamMartingale] = [:]
    /// Those that have changed since they were last kept.
    var changed: Set<StreamName> = []
  }

  /// - Parameter kept: what goes on, in the order in which it began.
  init(_ calibration: StreamCalibration, limits: DriftLimits, kept: [(StreamName, StreamMartingale)] = []) {
    (self.calibration, delta, mostStreams) = (calibration, limits.delta, limits.streams)
    watched = Mutex(
      Watched(names: kept.map(\.0), streams: Dictionary(kept, uniquingKeysWith: { first, _ in first })))
  }

  /// Makes room for a stream, before its images are scored.
  ///
  /// - Throws: ``Problem`` 400 where there are as many sources as the server watches.
  func open(_ name: StreamName) throws(Problem) {
    let isWatched = watched.withLock { watched in
      guard watched.streams[name] == nil else { return true }
      guard watched.names.count < mostStreams else { return false }
      watched.names.append(name)
      watched.streams[name] = calibration.stream(name)
      return true
    }
    guard isWatched else {
      throw Problem(
        .badRequest,
        "\(mostStreams) sources are watched, and '\(name)' would be one more: name a source that is known, or none")
    }
  }

  /// Takes scores of a stream, in their order.
  func observe(_ scores: [Float], of name: StreamName) {
    watched.withLock { watched in
      guard watched.streams[name] != nil else { return }
      for score in scores { watched.streams[name]?.observe(score) }
      watched.changed.insert(name)
    }
  }

  /// Begins a stream anew, after its cause was looked into.
  ///
  /// - Returns: whether there is one of this name.
  func restart(_ name: StreamName) -> Bool {
    watched.withLock { watched in
      guard watched.streams[name] != nil else { return false }
      watched.streams[name] = calibration.stream(name)
      watched.changed.insert(name)
      return true
    }
  }

  /// All streams, in the order in which they began.
  var streams: [(name: StreamName, state: StreamMartingale.State)] {
    watched.withLock { watched in
      watched.names.compactMap { name in watched.streams[name].map { (name, $0.state) } }
    }
  }

  /// What has changed since it was last taken, with its place in the order.
  func takeChanged() -> [(place: Int, name: StreamName, stream: StreamMartingale)] {
    watched.withLock { watched in
      defer { watched.changed = [] }
      return watched.names.enumerated().compactMap { place, name in
        guard watched.changed.contains(name), let stream = watched.streams[name] else { return nil }
        return (place, name, stream)
      }
    }
  }

  /// What could not be kept has to be kept later.
  func putBack(_ names: [StreamName]) {
    watched.withLock { $0.changed.formUnion(names) }
  }
}

/// How the streams of a model are watched.
public struct DriftLimits: Sendable {
  /// The probability of ever raising a false alarm, for each source of each model.
  public var delta = 0.01
  /// Sources of a model, at most.
  public var streams = 100

  public init() {}
}

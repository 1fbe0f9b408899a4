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
    /// Those that were taken away since.
    var forgotten: Set<StreamName> = []
  }

  /// - Parameter kept: what goes on, in the order in which it began.
  init(_ calibration: StreamCalibration, limits: DriftLimits, kept: [(StreamName, StreamMartingale)] = []) {
    (self.calibration, delta, mostStreams) = (calibration, limits.delta, limits.streams)
    watched = Mutex(
      Watched(names: kept.map(\.0), streams: Dictionary(kept, uniquingKeysWith: { first, _ in first })))
  }

  /// Asks whether a stream can be watched, before its images are scored.
  ///
  /// - Throws: ``Problem`` 400 where there are as many sources as the server watches; clients that name none are always let in.
  func check(_ name: StreamName) throws(Problem) {
    guard watched.withLock({ $0.streams[name] != nil || hasRoom(for: name, $0) }) else {
      throw Problem(
        .badRequest,
        "\(mostStreams) sources are watched, and '\(name)' would be one more: name a source that is known, or none"
      )
    }
  }

  /// Takes scores of a stream, in their order; the first ones begin it. Where others took the last room meanwhile, it is not
  /// watched.
  func observe(_ scores: [Float], of name: StreamName) {
    guard !scores.isEmpty else { return }
    watched.withLock { watched in
      if watched.streams[name] == nil {
        guard hasRoom(for: name, watched) else { return }
        watched.names.append(name)
        watched.streams[name] = calibration.stream(name)
      }
      for score in scores { watched.streams[name]?.observe(score) }
      watched.changed.insert(name)
    }
  }

  private func hasRoom(for name: StreamName, _ watched: Watched) -> Bool {
    name == .unnamed || watched.names.count { $0 != .unnamed } < mostStreams
  }

  /// Forgets a stream, after its cause was looked into: the next image begins it anew.
  ///
  /// - Returns: whether there was one of this name.
  func forget(_ name: StreamName) -> Bool {
    watched.withLock { watched in
      guard watched.streams.removeValue(forKey: name) != nil else { return false }
      watched.names.removeAll { $0 == name }
      watched.forgotten.insert(name)
      // The places of the others have moved.
      watched.changed = Set(watched.names)
      return true
    }
  }

  /// How the streams stand.
  struct Standing: Sendable {
    /// In the order in which they began.
    let streams: [(name: StreamName, state: StreamMartingale.State)]

    var overallLogWealth: Double { OverallWealth(streams.map(\.state.logWealth)).logWealth }
  }

  var standing: Standing {
    watched.withLock { watched in
      Standing(streams: watched.names.compactMap { name in watched.streams[name].map { (name, $0.state) } })
    }
  }

  /// What has to be kept.
  struct Changes: Sendable {
    /// Each with its place in the order.
    var streams: [(place: Int, name: StreamName, stream: StreamMartingale)] = []
    var forgotten: Set<StreamName> = []

    var isEmpty: Bool { streams.isEmpty && forgotten.isEmpty }
  }

  /// What has changed since it was last taken.
  func takeChanges() -> Changes {
    watched.withLock { watched in
      defer { (watched.changed, watched.forgotten) = ([], []) }
      let streams = watched.names.enumerated().compactMap { place, name in
        watched.changed.contains(name) ? watched.streams[name].map { (place, name, $0) } : nil
      }
      return Changes(streams: streams, forgotten: watched.forgotten)
    }
  }

  /// What could not be kept has to be kept later.
  func putBack(_ changes: Changes) {
    watched.withLock { watched in
      watched.changed.formUnion(changes.streams.map(\.name).filter { watched.streams[$0] != nil })
      watched.forgotten.formUnion(changes.forgotten)
    }
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

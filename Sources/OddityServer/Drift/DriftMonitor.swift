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

  /// What came of watching some scores.
  enum Outcome: Sendable {
    case watched
    /// They raised the stream's first alarm.
    case alarmed(StreamMartingale.State)
    /// As many sources are watched as there may be.
    case unwatched
  }

  /// Takes scores of a stream, in their order; the first ones begin it.
  func observe(_ scores: [Float], of name: StreamName) -> Outcome {
    watched.withLock { watched in
      // Taken out while it changes: of two that share their counts, the one that changes copies them.
      guard var stream = watched.streams.removeValue(forKey: name) ?? begin(name, &watched) else {
        return .unwatched
      }
      let hadAlarmed = stream.state.hasAlarmed(delta: delta)
      for score in scores { stream.observe(score) }
      watched.streams[name] = stream
      watched.changed.insert(name)
      return !hadAlarmed && stream.state.hasAlarmed(delta: delta) ? .alarmed(stream.state) : .watched
    }
  }

  /// - Returns: nil where there is no room; clients that name no source always have some.
  private func begin(_ name: StreamName, _ watched: inout Watched) -> StreamMartingale? {
    guard name == .unnamed || watched.names.count(where: { $0 != .unnamed }) < mostStreams else { return nil }
    watched.names.append(name)
    return calibration.stream(name)
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

    var overallLogWealth: Double { DriftMonitor.overallLogWealth(streams.map(\.state.logWealth)) }
  }

  var standing: Standing {
    watched.withLock { watched in
      Standing(streams: watched.names.compactMap { name in watched.streams[name].map { (name, $0.state) } })
    }
  }

  /// What has to be kept.
  struct Changes: Sendable {
    /// Each with its place in the order.
    let streams: [(place: Int, name: StreamName, stream: StreamMartingale)]
    let forgotten: Set<StreamName>

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

  /// The wealth of all sources of a model together.
  ///
  /// The k-th source to begin has the weight 1/(k(k + 1)), and what no source has yet waits with a wealth of one: a fixed
  /// average of martingales, however many sources come. Where sources are independent of each other it reaches
  /// 1/δ with probability at most δ, so that many sources do not make many false alarms.
  ///
  /// - Parameter logWealths: of the sources, in the order in which they began.
  static func overallLogWealth(_ logWealths: [Double]) -> Double {
    let waiting = -log(Double(logWealths.count + 1))
    let weighted = logWealths.enumerated().map { $1 - log(Double(($0 + 1) * ($0 + 2))) } + [waiting]
    let largest = weighted.max() ?? 0
    return largest + log(weighted.reduce(0) { $0 + exp($1 - largest) })
  }
}

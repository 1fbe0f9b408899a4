import Foundation
import Oddity
import Synchronization

/// Watches the streams of one model. A martingale for each source tells when its images have changed.
final class DriftMonitor: Sendable {
  let calibration: StreamCalibration
  /// The probability that a source ever raises a false alarm.
  let delta: Double
  private let mostStreams: Int
  private let watched: Mutex<Watched>

  private struct Watched {
    /// In the order in which they began.
    var names: [StreamName] = []
    var streams: [StreamName: StreamMartingale] = [:]
    /// The streams that have changed since they were last saved.
    var changed: Set<StreamName> = []
    /// The streams that were removed since they were last saved.
    var forgotten: Set<StreamName> = []
  }

  /// - Parameter kept: the saved streams that continue, in the order in which they began.
  init(_ calibration: StreamCalibration, limits: DriftLimits, kept: [(StreamName, StreamMartingale)] = []) {
    (self.calibration, delta, mostStreams) = (calibration, limits.delta, limits.streams)
    watched = Mutex(
      Watched(names: kept.map(\.0), streams: Dictionary(kept, uniquingKeysWith: { first, _ in first })))
  }

  /// The result of observing some scores.
  enum Outcome: Sendable {
    case watched
    /// They raised the stream's first alarm.
    case alarmed(StreamMartingale.State)
    /// The stream is not watched, because the limit of sources is reached.
    case unwatched
  }

  /// Adds scores of a stream in their order. The first scores begin the stream.
  func observe(_ scores: [Float], of name: StreamName) -> Outcome {
    watched.withLock { watched in
      // The stream is taken out of the dictionary while it changes. Otherwise its counts would have two
      // owners, and changing them would copy them.
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

  /// - Returns: nil if there is no room. There is always room for the stream of clients that name no source.
  private func begin(_ name: StreamName, _ watched: inout Watched) -> StreamMartingale? {
    guard name == .unnamed || watched.names.count(where: { $0 != .unnamed }) < mostStreams else { return nil }
    watched.names.append(name)
    return calibration.stream(name)
  }

  /// Forgets a stream, for example after its cause was found. The next image begins a new one.
  ///
  /// - Returns: whether a stream of this name existed.
  func forget(_ name: StreamName) -> Bool {
    watched.withLock { watched in
      guard watched.streams.removeValue(forKey: name) != nil else { return false }
      watched.names.removeAll { $0 == name }
      watched.forgotten.insert(name)
      // The removal has moved the places of the other streams.
      watched.changed = Set(watched.names)
      return true
    }
  }

  /// The states of all streams.
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

  /// The changes that have to be saved.
  struct Changes: Sendable {
    /// Each stream with its place in the order.
    let streams: [(place: Int, name: StreamName, stream: StreamMartingale)]
    let forgotten: Set<StreamName>

    var isEmpty: Bool { streams.isEmpty && forgotten.isEmpty }
  }

  /// Returns the changes since the last call.
  func takeChanges() -> Changes {
    watched.withLock { watched in
      defer { (watched.changed, watched.forgotten) = ([], []) }
      let streams = watched.names.enumerated().compactMap { place, name in
        watched.changed.contains(name) ? watched.streams[name].map { (place, name, $0) } : nil
      }
      return Changes(streams: streams, forgotten: watched.forgotten)
    }
  }

  /// Puts back changes that could not be saved, so that they are saved later.
  func putBack(_ changes: Changes) {
    watched.withLock { watched in
      watched.changed.formUnion(changes.streams.map(\.name).filter { watched.streams[$0] != nil })
      watched.forgotten.formUnion(changes.forgotten)
    }
  }

  /// The combined wealth of all sources of a model.
  ///
  /// The k-th source to begin has the weight 1/(k(k + 1)). The weights of sources that have not begun yet
  /// count with a wealth of one. The result is a fixed average of martingales, however many sources come. If
  /// the sources are independent of each other, it reaches 1/δ with probability at most δ. Many sources
  /// therefore do not lead to many false alarms.
  ///
  /// - Parameter logWealths: of the sources, in the order in which they began.
  static func overallLogWealth(_ logWealths: [Double]) -> Double {
    let waiting = -log(Double(logWealths.count + 1))
    let weighted = logWealths.enumerated().map { $1 - log(Double(($0 + 1) * ($0 + 2))) } + [waiting]
    let largest = weighted.max() ?? 0
    return largest + log(weighted.reduce(0) { $0 + exp($1 - largest) })
  }
}

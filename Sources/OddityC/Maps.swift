import COddity
import Imaging
import Oddity

@c @implementation
public func oddity_maps(
  _ detector: oddity_handle, _ source: oddity_handle, _ contributions: UnsafeMutablePointer<Float>?,
  _ pValues: UnsafeMutablePointer<Float>?, _ rows: Int64, _ listener: oddity_listener?,
  _ context: UnsafeMutableRawPointer?, _ failures: UnsafeMutablePointer<oddity_handle>?,
  _ error: UnsafeMutablePointer<oddity_error>?
) -> Int32 {
  attempt(error) {
    let detector = try Handles.object(detector, as: Detector.self)
    let source = try Handles.object(source, as: SourceBuilder.self).source
    _ = try required(failures, "failures")
    try source.requireCount(rows)
    let positions = detector.guarded.metadata.map.map { $0.height * $0.width } ?? 0
    let places = MapPlaces(contributions: contributions, pValues: pValues, positions: positions)
    let messages = try Waiting(listener: listener, context: context).run { events in
      try events.warn(of: source, detector.guarded.metadata)
      return try await detector.makingMaps().telling(events.follow).score(source) {
        places.write($0?.map, row: $1)
      }
    }
    try failures.receive(messages)
  }
}

/// The caller's maps. Unchecked, because the caller keeps them during the call, and only one task writes.
private struct MapPlaces: @unchecked Sendable {
  let contributions: UnsafeMutablePointer<Float>?
  let pValues: UnsafeMutablePointer<Float>?
  /// The number of positions of one map.
  let positions: Int

  /// - Parameter map: nil for a missing map.
  func write(_ map: ScoreMap?, row: Int) {
    for position in 0..<positions {
      contributions?[row * positions + position] = map?.contributions[position] ?? .nan
      pValues?[row * positions + position] = map?.pValues[position] ?? .nan
    }
  }
}

import Engines

/// An engine's outputs for two seeded pictures. If different engines made the parts of a fit, a merge
/// compares these.
struct EngineTrace: Codable, Sendable, Equatable {
  /// Engine, version and device.
  let engine: String
  /// For each checked output, the values of both pictures, stored as bits because JSON has no infinity.
  private let bits: [[UInt32]]

  init(_ rows: SoundnessRows, by engine: Engine) {
    self.engine = engine.description
    bits = rows.columns.map { $0.map(\.bitPattern) }
  }

  var rows: SoundnessRows {
    SoundnessRows(pictures: [0, 1], columns: bits.map { $0.map(Float.init(bitPattern:)) })
  }
}

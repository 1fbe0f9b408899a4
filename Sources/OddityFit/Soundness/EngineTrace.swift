import Engines

/// What an engine made of two seeded pictures. A merge compares parts of a fit by it when different engines made them.
struct EngineTrace: Codable, Sendable, Equatable {
  /// Engine, version and device.
  let engine: String
  /// For each output that is checked, the values of both pictures one after another, by their bits: JSON has no infinity.
  private let bits: [[UInt32]]

  init(_ rows: SoundnessRows, by engine: Engine) {
    self.engine = engine.description
    bits = rows.columns.map { $0.map(\.bitPattern) }
  }

  var rows: SoundnessRows {
    SoundnessRows(pictures: [0, 1], columns: bits.map { $0.map(Float.init(bitPattern:)) })
  }
}

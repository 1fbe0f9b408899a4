import Foundation
import Testing
import TestSupport

@testable import OddityBenchmark

/// Stored measurements are read back unchanged, or not at all.
struct MeasurementStoreTests {
  private let folder: TemporaryFolder
  private let store: MeasurementStore
  private let key = MeasurementKey(
    engine: "e", model: "m", preprocessing: "{}", precision: "f32", columns: ["a", "b"], images: "i", seed: 3,
    hasCalibration: false)

  init() throws {
    folder = try TemporaryFolder()
    store = MeasurementStore(folder: folder.path("measurements"))
  }

  private var measurement: OddityBenchmark.Measurement {
    var measurement = OddityBenchmark.Measurement(columns: ["a", "b"])
    measurement.append([1, -.infinity])
    measurement.appendFailure("x.jpg is no image")
    measurement.append([.leastNonzeroMagnitude, 4])
    return measurement
  }

  private func stored(_ key: MeasurementKey) -> OddityBenchmark.Measurement? {
    guard case .valid(let measurement) = store.load(key, network: "net", set: "id.fit") else { return nil }
    return measurement
  }

  @Test func whatIsStoredComesBackToTheBit() throws {
    try store.save(measurement, key, network: "net", set: "id.fit")
    let back = try #require(stored(key))
    #expect(back.values.map(\.bitPattern) == measurement.values.map(\.bitPattern))
    #expect(back.failures == measurement.failures && back.columns == ["a", "b"])
    #expect(back.measuredRows == [0, 2] && Array(back.row(2)) == [.leastNonzeroMagnitude, 4])
  }

  @Test func whatMayBeReadTheNextTimeIsMeasuredAnew() throws {
    var measurement = measurement
    measurement.appendFailure("y.jpg cannot be read (Too many open files)", mayPass: true)
    try store.save(measurement, key, network: "net", set: "id.fit")
    #expect(stored(key) == nil)
  }

  @Test func anyOtherKeyFindsNothing() throws {
    try store.save(measurement, key, network: "net", set: "id.fit")
    func variant(
      engine: String = "e", model: String = "m", preprocessing: String = "{}", precision: String = "f32",
      columns: [String] = ["a", "b"], images: String = "i", seed: UInt64? = 3,
      hasCalibration: Bool? = false
    ) -> MeasurementKey {
      MeasurementKey(
        engine: engine, model: model, preprocessing: preprocessing, precision: precision, columns: columns,
        images: images,
        seed: seed, hasCalibration: hasCalibration)
    }
    #expect(stored(variant()) != nil)
    for other in [
      variant(engine: "f"), variant(model: "n"), variant(preprocessing: "{1}"), variant(precision: "bf16"),
      variant(columns: ["a", "c"]), variant(images: "j"), variant(seed: 4), variant(seed: nil),
      variant(hasCalibration: true), variant(hasCalibration: nil),
    ] {
      guard case .none = store.load(other, network: "net", set: "id.fit") else {
        Issue.record("\(other) finds what another key stored")
        continue
      }
    }
    guard case .none = store.load(key, network: "net", set: "ood.x") else {
      Issue.record("another set's measurement was found")
      return
    }
  }

  /// A byte is changed or missing, or comes from another file. Wrong values are never returned.
  @Test func damageIsNoticed() throws {
    try store.save(measurement, key, network: "net", set: "id.fit")
    let file = folder.url.appending(path: "measurements/net/id.fit.npy")
    let whole = try Data(contentsOf: file)
    var flipped = whole
    flipped[whole.count - 2] ^= 1
    for bytes in [flipped, whole.dropLast(), Data(), whole + [0]] {
      try bytes.write(to: file)
      guard case .damaged = store.load(key, network: "net", set: "id.fit") else {
        Issue.record("\(bytes.count) bytes were taken")
        continue
      }
    }
    try FileManager.default.removeItem(at: file)
    guard case .damaged = store.load(key, network: "net", set: "id.fit") else {
      Issue.record("a measurement without values was taken")
      return
    }
  }
}

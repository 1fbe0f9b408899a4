import Foundation
import OddityFit
import ONNXGraph

/// Stores finished measurements in a folder, so that an interrupted benchmark can continue.
///
/// `NETWORK/SET.npy` contains the values (float32, images × columns). `NETWORK/SET.json` contains their
/// description, everything they depend on, and the digest of the other file. It is written last, so that a
/// measurement is either complete or absent.
struct MeasurementStore {
  /// The state of a stored measurement.
  enum Entry: Equatable {
    case valid(Measurement)
    /// There is no measurement, or it has other images, another model or other options.
    case none
    /// The files do not belong together, or are damaged.
    case damaged
  }

  private struct Sidecar: Codable {
    let key: MeasurementKey
    let rows: Int
    let failures: [Measurement.Failure]
    /// SHA-256 of the `.npy` file.
    let values: String
  }

  let folder: String

  func load(_ key: MeasurementKey, network: String, set: String) -> Entry {
    let path = path(network, set)
    guard let text = FileManager.default.contents(atPath: path + ".json") else { return .none }
    guard let sidecar = try? JSONDecoder().decode(Sidecar.self, from: text) else { return .damaged }
    guard sidecar.key == key, !sidecar.failures.contains(where: { $0.mayPass == true }) else { return .none }
    guard let file = FileManager.default.contents(atPath: path + ".npy"),
      SHA256.hash(data: file).hex == sidecar.values,
      let values = NumPyMatrix(file: file, rows: sidecar.rows, columns: key.columns.count)?.values
    else { return .damaged }
    return .valid(Measurement(columns: key.columns, values: values, failures: sidecar.failures))
  }

  /// - Throws: ``OddityError`` `.output`.
  func save(
    _ measurement: Measurement, _ key: MeasurementKey, network: String, set: String
  ) throws(OddityError) {
    let path = path(network, set)
    try OutputFolder.create((path as NSString).deletingLastPathComponent)
    let matrix = NumPyMatrix(
      rows: measurement.rowCount, columns: key.columns.count, values: measurement.values)
    let sidecar = Sidecar(
      key: key, rows: measurement.rowCount, failures: measurement.failures,
      values: SHA256.hash(data: matrix.file).hex)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(matrix.file, to: path + ".npy")
    do {
      try AtomicFile.write(encoder.encode(sidecar), to: path + ".json")
    } catch {
      throw (error as? OddityError)
        ?? OddityError(.output, "cannot write \(path).json: \(systemReason(error))", underlying: error)
    }
  }

  private func path(_ network: String, _ set: String) -> String { "\(folder)/\(network)/\(set)" }
}

/// The measurement of one image set by one network. It contains everything that is kept from the forward
/// pass.
package struct Measurement: Sendable, Equatable {
  /// An image without values.
  package struct Failure: Sendable, Equatable, Codable {
    /// The row of the image.
    package let row: Int
    /// The reason, with the name of the image.
    package let message: String
    /// Whether a later run may succeed, for example after a missing file or a disk error; nil means no.
    let mayPass: Bool?
  }

  /// The meaning of each column.
  package let columns: [String]
  /// One row for each image of the set, in row-major order, [images × columns]. Missing values are NaN.
  package private(set) var values: [Float] = []
  package private(set) var failures: [Failure] = []

  package var rowCount: Int { columns.isEmpty ? 0 : values.count / columns.count }

  /// Adds the next image.
  mutating func append(_ row: some Collection<Float>) {
    precondition(row.count == columns.count, "one value for each column")
    values += row
  }

  /// Adds the next image, which could not be measured.
  mutating func appendFailure(_ message: String, mayPass: Bool = false) {
    failures.append(Failure(row: rowCount, message: message, mayPass: mayPass ? true : nil))
    values += repeatElement(.nan, count: columns.count)
  }

  func row(_ row: Int) -> ArraySlice<Float> {
    values[row * columns.count..<(row + 1) * columns.count]
  }

  /// The rows that have values, in ascending order.
  var measuredRows: [Int] {
    let failed = Set(failures.map(\.row))
    return (0..<rowCount).filter { !failed.contains($0) }
  }
}

/// Everything that a stored measurement depends on. If one of these properties differs, the measurement is
/// repeated.
struct MeasurementKey: Codable, Equatable {
  static let currentFormat = 1

  var format = MeasurementKey.currentFormat
  /// Another version may change the last bits of the values.
  var oddityVersion = OddityFiles.oddityVersion
  /// Another version of the engine may change them too.
  let engine: String
  /// SHA-256 of the model with its external data.
  let model: String
  /// The preprocessing, resolved for the model's input, as JSON.
  let preprocessing: String
  let precision: String
  let columns: [String]
  /// ``ImageFingerprint`` of the set.
  let images: String
  /// Present only if the measurement contains random numbers.
  let seed: UInt64?
  /// Present only for `id.fit`. It determines the parts, and thereby the images that get pseudo-OOD images.
  let hasCalibration: Bool?

  private enum CodingKeys: String, CodingKey {
    case format
    case oddityVersion = "oddity_version"
    case engine, model, preprocessing, precision, columns, images, seed
    case hasCalibration = "has_calibration"
  }
}

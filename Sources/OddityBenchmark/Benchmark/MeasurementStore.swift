import OddityFiles
import Crypto
import Foundation
import ONNXGraph

/// Finished measurements in a folder, so that an interrupted benchmark goes on where it stopped.
///
/// `NETWORK/SET.npy` holds the values (float32, images × columns), `NETWORK/SET.json` what they are, what they depend
/// on, and the digest of the former. The latter is written last, so a measurement is there whole or not at all.
struct MeasurementStore {
  /// What there is of a measurement.
  enum Entry: Equatable {
    case valid(Measurement)
    /// None, or one of other images, another model, other options.
    case none
    /// Files that do not belong together, or are damaged.
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
    guard sidecar.key == key else { return .none }
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

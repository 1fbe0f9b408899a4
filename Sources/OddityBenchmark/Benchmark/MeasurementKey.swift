import OddityFiles

/// Everything that a stored measurement depends on: where one of these differs, it is made anew.
struct MeasurementKey: Codable, Equatable {
  static let currentFormat = 1

  var format = MeasurementKey.currentFormat
  /// Another version may compute the last bits otherwise.
  var oddityVersion = OddityFiles.oddityVersion
  /// The engine's version: likewise.
  let engine: String
  /// SHA-256 of the model with its external data.
  let model: String
  /// As resolved for the model's input, as JSON.
  let preprocessing: String
  let precision: String
  let columns: [String]
  /// ``ImageFingerprint`` of the set.
  let images: String
  /// Only where something of the measurement is drawn at random.
  let seed: UInt64?
  /// Only of `id.fit`: it decides the parts, and with them which images get pseudo-OOD images.
  let hasCalibration: Bool?

  private enum CodingKeys: String, CodingKey {
    case format
    case oddityVersion = "oddity_version"
    case engine, model, preprocessing, precision, columns, images, seed
    case hasCalibration = "has_calibration"
  }
}

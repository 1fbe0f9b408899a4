import Foundation

/// Small networks of common architectures that `Training/export_architectures.py` has written with both of
/// PyTorch's exporters, and the results of PyTorch's forward hooks for their blocks in float64.
public struct Architecture: Decodable, Sendable {
  /// A block's or a stem layer's module.
  public struct Row: Decodable, Sendable {
    public let module: String
    /// The ONNX tensor with the module's values, by exporter.
    public let tensor: [String: String]
    public let channels: Int
    public let height: Int?
    public let width: Int?
    public let tokens: Int?
    /// The FeatureNorm of the module's output for each image.
    public let featureNorm: [Double]
  }

  public struct Head: Decodable, Sendable {
    public let logits: [String: String]
    public let classes: Int
    public let features: Int
    public let linear: Bool
  }

  public let input: String
  public let stem: [Row]
  public let blocks: [Row]
  public let head: Head

  public static let exporters = ["ts", "dyn"]

  /// All networks by name.
  public static func all() throws -> [String: Architecture] {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode([String: Architecture].self, from: Data(contentsOf: url("expected.json")))
  }

  public static func url(_ file: String) -> URL { Fixtures.url("architectures/\(file)") }

  public static func url(_ name: String, exporter: String) -> URL { url("\(name).\(exporter).onnx") }
}

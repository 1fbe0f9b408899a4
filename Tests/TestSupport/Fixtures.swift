import Foundation

/// Small networks with random weights that `Training/export_fixtures.py` has written, and PyTorch's float64
/// results for them.
public enum Fixtures {
  public static func url(_ name: String) -> URL {
    PythonReference.packageRoot.appending(path: "Tests/Fixtures/\(name)")
  }

  /// PyTorch's results for one network, on the three images of its input file.
  public struct Expected: Decodable, Sendable {
    public struct Block: Decodable, Sendable {
      public let tensor: String
      public let channels: Int
      public let height: Int
      public let width: Int
      /// The FeatureNorm of the module's output for each image, from a forward hook.
      public let featureNorm: [Double]
    }

    public struct Head: Decodable, Sendable {
      public let logits: String
      public let classes: Int
      public let features: Int
    }

    public let input: String
    public let stemRows: Int?
    public let blocks: [Block]?
    public let head: Head?
    public let logits: [[Double]]?
    public let scores: [String: [Double]]?
  }

  /// The results for all networks, by file name.
  public static func expected() throws -> [String: Expected] {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode([String: Expected].self, from: Data(contentsOf: url("expected.json")))
  }

  /// Networks that have blocks and can therefore be fitted.
  public static let fittable = [
    "residual.ts.onnx", "residual.dyn.onnx", "vgg.ts.onnx", "vgg.dyn.onnx", "preact.ts.onnx",
    "preact.dyn.onnx", "mbconv.ts.onnx", "mbconv.dyn.onnx", "dense.ts.onnx", "dense.dyn.onnx",
    "softmax.ts.onnx", "softmax.dyn.onnx", "float16.ts.onnx", "float16.dyn.onnx", "fixed_batch.ts.onnx",
    "fixed_batch.dyn.onnx", "nhwc.ts.onnx", "nhwc.dyn.onnx", "grey.ts.onnx", "grey.dyn.onnx",
    "external.dyn.onnx", "opset7.ts.onnx", "opset9.ts.onnx", "opset10.ts.onnx", "opset11.ts.onnx",
    "opset21.dyn.onnx", "unoptimised.dyn.onnx", "unfolded.ts.onnx",
    "functions.ts.onnx", "one_block.ts.onnx", "one_block.dyn.onnx",
  ]
}

import Foundation
import ONNXGraph

extension Model {
  /// Whether a file is a model of which every input that may take images takes whole numbers: bytes then reach it as they
  /// are, and nothing about their scale is unknown.
  package static func takesIntegerImages(at path: String) -> Bool {
    guard let model = try? Model(contentsOf: URL(filePath: path)) else { return false }
    let images = model.graph.inputs.filter { $0.shape?.count == 4 }
    let integers: [ElementType] = [.uint8, .int8, .int32, .int64]
    return !images.isEmpty && images.allSatisfy { integers.contains($0.elementType) }
  }
}

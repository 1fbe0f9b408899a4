import ONNXGraph

extension Model {
  /// Whether every input that may take images takes whole numbers: bytes then reach it as they are, and nothing about their
  /// scale is unknown.
  package var takesIntegerImages: Bool {
    let images = graph.inputs.filter { $0.shape?.count == 4 }
    let integers: [ElementType] = [.uint8, .int8, .int32, .int64]
    return !images.isEmpty && images.allSatisfy { integers.contains($0.elementType) }
  }
}

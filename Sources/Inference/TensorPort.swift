/// An input or an output of a model.
package struct TensorPort: Sendable, Equatable {
  /// One of the names that the tensor has in the ONNX file.
  package let name: String
  package let elementType: ScalarType
  /// The dimensions in order; nil is a dynamic one. Empty for a scalar, and if `hasRank` is false.
  package let shape: [Int?]
  /// False if even the number of dimensions is dynamic, or if the engine cannot distinguish the tensor from a
  /// scalar.
  package let hasRank: Bool

  package init(name: String, elementType: ScalarType, shape: [Int?]?) {
    (self.name, self.elementType, self.shape, hasRank) = (name, elementType, shape ?? [], shape != nil)
  }

  /// Throws if the number of values does not match the shape, or if this input does not accept the shape. The
  /// leading dimension may be smaller than the input's.
  func check(batch: [Int], count: Int) throws(EngineError) {
    guard let rows = batch.first, batch.allSatisfy({ $0 > 0 }), batch.reduce(1, *) == count else {
      throw EngineError(.shapeMismatch, "\(count) values do not fill a batch of shape \(batch)")
    }
    let fits =
      shape.count == batch.count && rows <= shape[0] ?? .max
      && zip(shape, batch).dropFirst().allSatisfy { $0 == nil || $0 == $1 }
    guard fits || !hasRank else {
      let text = shape.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")
      throw EngineError(.shapeMismatch, "input \"\(name)\" takes [\(text)], not a batch of shape \(batch)")
    }
  }
}

/// The type of a tensor's elements.
package enum ScalarType: String, Sendable {
  case float16, bfloat16, float32, float64
  case int8, int16, int32, int64, uint8, uint16, uint32, uint64
  case bool
  /// Packed, string and 8-bit floating-point types, which Oddity neither reads nor writes.
  case other

  package var isFloatingPoint: Bool { [.float16, .bfloat16, .float32, .float64].contains(self) }

  /// The size of one element in bytes; nil for a type that Oddity does not write.
  package var size: Int? {
    switch self {
    case .bool, .int8, .uint8: 1
    case .float16, .bfloat16, .int16, .uint16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    case .other: nil
    }
  }
}

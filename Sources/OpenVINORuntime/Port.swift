import COpenVINO

/// An input or an output of a model.
package struct Port: Sendable, Equatable {
  /// One of the names that the tensor has in the ONNX file.
  package let name: String
  package let elementType: ScalarType
  /// Dimensions in order; nil is a free one. Empty for a scalar, and where `hasRank` is false.
  package let shape: [Int?]
  /// False where the model leaves even the number of dimensions open.
  package let hasRank: Bool

  /// Throws where so many values do not fill a batch of a shape, or this input does not take it. The leading dimension may be
  /// smaller than the input's.
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

/// What the elements of a tensor of the engine's are.
package enum ScalarType: String, Sendable {
  case float16, bfloat16, float32, float64
  case int8, int16, int32, int64, uint8, uint16, uint32, uint64
  case bool
  /// Packed, textual and 8-bit floating-point types: neither written nor read here.
  case other

  package var isFloatingPoint: Bool { [.float16, .bfloat16, .float32, .float64].contains(self) }

  private static let known: [(ov_element_type_e, ScalarType)] = [
    (F16, .float16), (BF16, .bfloat16), (F32, .float32), (F64, .float64),
    (I8, .int8), (I16, .int16), (I32, .int32), (I64, .int64),
    (U8, .uint8), (U16, .uint16), (U32, .uint32), (U64, .uint64),
    (OV_BOOLEAN, .bool),
  ]

  init(_ type: ov_element_type_e) {
    self = Self.known.first { $0.0 == type }?.1 ?? .other
  }

  /// The engine's own constant; nil for `other`.
  var engineType: ov_element_type_e? { Self.known.first { $0.1 == self }?.0 }
}

/// One `ov_output_const_port`.
final class PortHandle: Handle {
  deinit { library.table.ov_output_const_port_free(pointer) }

  func description() throws(EngineError) -> Port {
    let shape = try shape()
    var type = ov_element_type_e(0)
    try library.check(
      library.table.ov_port_get_element_type(pointer, &type), .modelRejected, "the type of a tensor")
    return Port(name: try name(), elementType: ScalarType(type), shape: shape ?? [], hasRank: shape != nil)
  }

  private func name() throws(EngineError) -> String {
    var text: UnsafeMutablePointer<CChar>?
    try library.check(
      library.table.ov_port_get_any_name(pointer, &text), .modelRejected, "the name of a tensor")
    defer { library.table.ov_free(text) }
    return text.map { String(cString: $0) } ?? ""
  }

  /// The dimensions, nil for a free one; nil as a whole where their number is free too.
  func shape() throws(EngineError) -> [Int?]? {
    var partial = ov_partial_shape_t()
    try library.check(
      library.table.ov_port_get_partial_shape(pointer, &partial), .modelRejected, "the shape of a tensor")
    defer { library.table.ov_partial_shape_free(&partial) }
    guard let rank = partial.rank.fixed else { return nil }
    return UnsafeBufferPointer(start: partial.dims, count: rank).map(\.fixed)
  }
}

extension ov_dimension_t {
  /// The value that this dimension always has, nil where it is free.
  fileprivate var fixed: Int? { min == max ? Int(min) : nil }
}

extension OpenVINOLibrary {
  func port(
    _ code: EngineError.Code, _ context: @autoclosure () -> String,
    _ create: (UnsafeMutablePointer<OpaquePointer?>) -> ov_status_e
  ) throws(EngineError) -> PortHandle {
    PortHandle(self, try handle(code, context(), create))
  }

  /// All inputs or all outputs of a model.
  ///
  /// - Parameter kind: "input" or "output".
  func ports(
    _ kind: String, count: (UnsafeMutablePointer<Int>) -> ov_status_e,
    _ create: (Int, UnsafeMutablePointer<OpaquePointer?>) -> ov_status_e
  ) throws(EngineError) -> [Port] {
    var number = 0
    try check(count(&number), .modelRejected, "the model's \(kind)s")
    return try (0..<number).map { (index) throws(EngineError) in
      try port(.modelRejected, "\(kind) \(index) of the model") { create(index, $0) }.description()
    }
  }
}

import COpenVINO
import Inference

/// Converts between the engine's constants and `ScalarType`.
extension ScalarType {
  private static let known: [(ov_element_type_e, ScalarType)] = [
    (F16, .float16), (BF16, .bfloat16), (F32, .float32), (F64, .float64),
    (I8, .int8), (I16, .int16), (I32, .int32), (I64, .int64),
    (U8, .uint8), (U16, .uint16), (U32, .uint32), (U64, .uint64),
    (OV_BOOLEAN, .bool),
  ]

  init(_ type: ov_element_type_e) {
    self = Self.known.first { $0.0 == type }?.1 ?? .other
  }

  /// The engine's constant; nil for `other`.
  var engineType: ov_element_type_e? { Self.known.first { $0.1 == self }?.0 }
}

/// One `ov_output_const_port`.
final class PortHandle: Handle {
  deinit { library.table.ov_output_const_port_free(pointer) }

  func description() throws(EngineError) -> TensorPort {
    let shape = try shape()
    var type = ov_element_type_e(0)
    try library.check(
      library.table.ov_port_get_element_type(pointer, &type), .modelRejected, "the type of a tensor")
    return TensorPort(name: try name(), elementType: ScalarType(type), shape: shape)
  }

  private func name() throws(EngineError) -> String {
    var text: UnsafeMutablePointer<CChar>?
    try library.check(
      library.table.ov_port_get_any_name(pointer, &text), .modelRejected, "the name of a tensor")
    defer { library.table.ov_free(text) }
    return text.map { String(cString: $0) } ?? ""
  }

  /// The dimensions. nil stands for a dynamic dimension. The whole result is nil if the rank is dynamic.
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
  /// The fixed size of this dimension; nil if it is dynamic.
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
  ) throws(EngineError) -> [TensorPort] {
    var number = 0
    try check(count(&number), .modelRejected, "the model's \(kind)s")
    return try (0..<number).map { (index) throws(EngineError) in
      try port(.modelRejected, "\(kind) \(index) of the model") { create(index, $0) }.description()
    }
  }
}

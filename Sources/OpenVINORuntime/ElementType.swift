import COpenVINO

/// What the elements of a tensor are.
public enum ElementType: String, Sendable {
  case float16, bfloat16, float32, float64
  case int8, int16, int32, int64, uint8, uint16, uint32, uint64
  case bool
  /// Packed, textual and 8-bit floating-point types: neither written nor read here.
  case other

  private static let known: [(ov_element_type_e, ElementType)] = [
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

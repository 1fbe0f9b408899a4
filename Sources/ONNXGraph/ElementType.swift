import ONNXProto

/// ONNX's number for an element type (`TensorProto.DataType`).
public struct ElementType: RawRepresentable, Hashable, Sendable {
  public let rawValue: Int32

  public init(rawValue: Int32) {
    self.rawValue = rawValue
  }

  public static let float = ElementType(rawValue: 1)
  public static let uint8 = ElementType(rawValue: 2)
  public static let int8 = ElementType(rawValue: 3)
  public static let uint16 = ElementType(rawValue: 4)
  public static let int16 = ElementType(rawValue: 5)
  public static let int32 = ElementType(rawValue: 6)
  public static let int64 = ElementType(rawValue: 7)
  public static let bool = ElementType(rawValue: 9)
  public static let float16 = ElementType(rawValue: 10)
  public static let double = ElementType(rawValue: 11)
  public static let bfloat16 = ElementType(rawValue: 16)

  var isFloatingPoint: Bool { [.float, .float16, .bfloat16, .double].contains(self) }
}

extension ElementType: CustomStringConvertible {
  /// The name that ONNX's documentation gives the type, such as `uint16`.
  public var description: String { Self.names[rawValue] ?? "element type \(rawValue)" }

  private static let names: [Int32: String] = [
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 8: "string",
    9: "bool",
    10: "float16", 11: "float64", 12: "uint32", 13: "uint64", 16: "bfloat16", 17: "float8e4m3fn",
    18: "float8e4m3fnuz", 19: "float8e5m2", 20: "float8e5m2fnuz", 21: "uint4", 22: "int4", 23: "float4e2m1",
    24: "float8e8m0", 25: "uint2", 26: "int2",
  ]

  /// Whether an element takes less than a byte, or is a floating-point number of one byte.
  public var isNarrow: Bool { (17...26).contains(rawValue) }
}

extension Onnx_GraphProto {
  /// Floating-point types of what the graph takes, stores, or casts to.
  var floatingTypes: Set<ElementType> {
    let stored = input.map(\.type.tensorType.elemType) + initializer.map(\.dataType)
    return Set((stored + node.flatMap(\.halfTypes)).map(ElementType.init)).filter(\.isFloatingPoint)
  }
}

extension Onnx_NodeProto {
  /// Half-precision types of a constant or a cast; a double among these is a scalar that is cast back.
  fileprivate var halfTypes: [Int32] {
    let types: [Int32] =
      switch opType {
      case "Constant": attribute.filter(\.hasT).map(\.t.dataType)
      case "Cast": attribute.filter { $0.name == "to" }.map { Int32(clamping: $0.i) }
      default: []
      }
    return types.filter { [ElementType.float16, .bfloat16].contains(ElementType(rawValue: $0)) }
  }
}

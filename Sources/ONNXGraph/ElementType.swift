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
  public static let int32 = ElementType(rawValue: 6)
  public static let int64 = ElementType(rawValue: 7)
  public static let bool = ElementType(rawValue: 9)
  public static let float16 = ElementType(rawValue: 10)
  public static let bfloat16 = ElementType(rawValue: 16)

  public static let double = ElementType(rawValue: 11)

  var isFloatingPoint: Bool { [.float, .float16, .bfloat16, .double].contains(self) }
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

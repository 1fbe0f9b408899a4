/// ONNX's number for an element type (`TensorProto.DataType`).
package struct ElementType: RawRepresentable, Hashable, Sendable {
  package let rawValue: Int32

  package init(rawValue: Int32) {
    self.rawValue = rawValue
  }

  package static let float = ElementType(rawValue: 1)
  package static let uint8 = ElementType(rawValue: 2)
  package static let int8 = ElementType(rawValue: 3)
  package static let uint16 = ElementType(rawValue: 4)
  package static let int16 = ElementType(rawValue: 5)
  package static let int32 = ElementType(rawValue: 6)
  package static let int64 = ElementType(rawValue: 7)
  package static let bool = ElementType(rawValue: 9)
  package static let float16 = ElementType(rawValue: 10)
  package static let double = ElementType(rawValue: 11)
  package static let bfloat16 = ElementType(rawValue: 16)
}

extension ElementType: CustomStringConvertible {
  /// The name that ONNX's documentation gives the type, such as `uint16`.
  package var description: String { Self.names[rawValue] ?? "element type \(rawValue)" }

  private static let names: [Int32: String] = [
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 8: "string",
    9: "bool",
    10: "float16", 11: "float64", 12: "uint32", 13: "uint64", 16: "bfloat16", 17: "float8e4m3fn",
    18: "float8e4m3fnuz", 19: "float8e5m2", 20: "float8e5m2fnuz", 21: "uint4", 22: "int4", 23: "float4e2m1",
    24: "float8e8m0", 25: "uint2", 26: "int2",
  ]

  /// The bytes of an element in memory, one half if two elements share a byte.
  package var bytes: Double {
    switch rawValue {
    case 7, 11, 13: 8
    case 1, 6, 12: 4
    case 4, 5, 10, 16: 2
    case 21, 22, 23: 0.5
    case 25, 26: 0.25
    default: 1
    }
  }

  /// Whether an element is smaller than a byte, or is a floating-point number of one byte.
  package var isNarrow: Bool { (17...26).contains(rawValue) }
}

extension Graph {
  /// The element types of all tensors, as far as the file determines them without inference.
  ///
  /// These are inputs, constants, and the results of nodes that quantise, cast, or pass values on.
  package func elementTypes() -> [String: ElementType] {
    var types = initializers.mapValues(\.elementType)
    for input in inputs { types[input.name] = input.elementType }
    for node in nodes {
      if let output = node.outputs.first, let type = node.elementType(of: types) { types[output] = type }
    }
    return types
  }
}

extension Node {
  /// The type of the first output, derived from the types of the inputs.
  func elementType(of types: [String: ElementType]) -> ElementType? {
    switch op {
    case "Constant":
      return switch attributes.first?.value {
      case .tensor(_, let type): type
      case .float, .floats: .float
      case .int, .ints: .int64
      default: nil
      }
    case "Cast": return stated("to")
    case "QuantizeLinear":
      if let stated = stated("output_dtype") { return stated }
      guard inputs.count > 2, !inputs[2].isEmpty else { return .uint8 }
      return types[inputs[2]]
    case _ where Self.handingOn.contains(op): return inputs.first.flatMap { types[$0] }
    default: return nil
    }
  }

  private func stated(_ attribute: String) -> ElementType? {
    let number = int(attribute, default: 0)
    return number == 0 ? nil : ElementType(rawValue: Int32(clamping: number))
  }

  /// The outputs of these operators have the type of the first input.
  private static let handingOn: Set = [
    "Identity", "Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze", "MaxPool", "Slice", "Gather",
    "Concat", "Pad", "Expand", "Tile",
  ]
}

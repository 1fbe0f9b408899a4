extension Graph {
  /// The element types of all tensors, as far as the file tells them: others only inference would.
  ///
  /// Known are inputs, constants, and what quantises, casts, or hands values on as they are.
  public func elementTypes() -> [String: ElementType] {
    var types = initializers.mapValues(\.elementType)
    for input in inputs { types[input.name] = input.elementType }
    for node in nodes {
      if let output = node.outputs.first, let type = node.elementType(of: types) { types[output] = type }
    }
    return types
  }
}

extension Node {
  /// The type of the first output, from those of the inputs.
  fileprivate func elementType(of types: [String: ElementType]) -> ElementType? {
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

  /// What comes out of these has the type of the first input.
  private static let handingOn: Set = [
    "Identity", "Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze", "MaxPool", "Slice", "Gather",
    "Concat", "Pad", "Expand", "Tile",
  ]
}

extension Graph {
  /// The element type of a tensor, as far as the file tells it; `nil` where only inference would.
  ///
  /// Known are inputs, constants, and what quantises, casts, or hands values on as they are.
  public func elementType(of tensor: String) -> ElementType? {
    if let initializer = initializers[tensor] { return initializer.elementType }
    if let input = inputs.first(where: { $0.name == tensor }) { return input.elementType }
    guard let node = producer(of: tensor), node.outputs.first == tensor else { return nil }
    switch node.op {
    case "Constant":
      guard case .tensor(_, let type) = node.attributes["value"] else { return nil }
      return type
    case "Cast": return type(node.int("to", default: 0))
    case "QuantizeLinear":
      if let stated = type(node.int("output_dtype", default: 0)) { return stated }
      guard node.inputs.count > 2, !node.inputs[2].isEmpty else { return .uint8 }
      return elementType(of: node.inputs[2])
    case _ where Self.handingOn.contains(node.op): return node.inputs.first.flatMap(elementType)
    default: return nil
    }
  }

  private func type(_ number: Int) -> ElementType? {
    number == 0 ? nil : ElementType(rawValue: Int32(clamping: number))
  }

  /// What comes out of these has the type of the first input.
  private static let handingOn: Set = [
    "Identity", "Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze", "MaxPool", "Slice", "Gather",
    "Concat",
    "Pad", "Expand", "Tile",
  ]
}

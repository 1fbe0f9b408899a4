import ONNXProto

extension Onnx_ModelProto {
  /// Brings a model of an older operator set to ``Model/oldestOpset``, in which nodes are appended: every node keeps what it
  /// computes, and gets the form of the newer set where that is another one. In nested bodies too.
  ///
  /// - Returns: whether the set was an older one that can be raised.
  /// - Throws: ``GraphError`` naming a node that has no equal in the newer set.
  mutating func raiseOperatorSet() throws(GraphError) -> Bool {
    guard let opset = standardOpset, (Model.oldestRaised..<Model.oldestOpset).contains(opset) else {
      return false
    }
    for index in opsetImport.indices where opsetImport[index].domain.isStandard {
      opsetImport[index].version = Int64(Model.oldestOpset)
    }
    let types = try Graph(unchecked: graph).elementTypes()
    try graph.raiseNodes(from: opset, types: types)
    // Up to version 3 constants are graph inputs too; from 4 on that would make them defaults, which runtimes do not fold.
    if irVersion < 4 {
      let constants = Set(graph.initializer.map(\.name))
      graph.input.removeAll { constants.contains($0.name) }
      irVersion = 4
    }
    return true
  }
}

extension Onnx_GraphProto {
  fileprivate mutating func raiseNodes(from opset: Int, types: [String: ElementType]) throws(GraphError) {
    let numbers = smallConstants
    var raised: [Onnx_NodeProto] = []
    for var proto in node {
      for index in proto.attribute.indices where proto.attribute[index].hasG {
        try proto.attribute[index].g.raiseNodes(from: opset, types: types)
      }
      let node = OldNode(Node(proto), opset: opset, types: types, numbers: numbers)
      guard let formula = try node.raised() else {
        raised.append(proto)
        continue
      }
      let made = Appendix.nodes(of: formula, as: proto.output, opset: Model.oldestOpset)
      raised += made.nodes
      initializer += made.constants
    }
    node = raised
  }
}

/// A node of an operator set before ``Model/oldestOpset``.
private struct OldNode {
  let node: Node
  let opset: Int
  let types: [String: ElementType]
  let numbers: [String: [Double]]

  init(_ node: Node, opset: Int, types: [String: ElementType], numbers: [String: [Double]]) {
    (self.node, self.opset, self.types, self.numbers) = (node, opset, types, numbers)
  }

  /// The same in the newer set; `nil` where the node has that form already.
  func raised() throws(GraphError) -> Tensor? {
    guard node.domain.isEmpty, let first = node.inputs.first else { return nil }
    let x = Tensor(named: first, type: types[first] ?? .float)
    switch node.op {
    case "BatchNormalization" where opset < 9: return try normalised(x)
    case "Clip": return x.followed(by: [bound("min", of: x), bound("max", of: x)], "Clip")
    case "Pad": return padded(x)
    case "Slice" where opset < 10: return sliced(x)
    case "TopK" where opset < 10: return largest(x)
    case "Scatter" where opset >= 9:
      return x.followed(
        by: node.inputs.dropFirst().map { Tensor(named: $0) }, "ScatterElements", node.attributes)
    case "Upsample": return try resized(x, scales: opset < 9 ? floats("scales") : nil)
    case "Resize": return try resized(x, scales: nil)
    case "Scan" where opset < 9:
      throw unraisable("runs over a batch, which later sets do not")
    default: return nil
    }
  }
}

extension OldNode {
  /// One mean for each channel, which has been the only form since set 9.
  private func normalised(_ x: Tensor) throws(GraphError) -> Tensor? {
    guard node.attributes["spatial"] != nil else { return nil }
    guard node.int("spatial", default: 1) == 1 else {
      throw unraisable("normalises each pixel by itself (spatial = 0), which later sets do not")
    }
    let attributes = node.attributes.filter { $0.key != "spatial" }
    return x.followed(by: node.inputs.dropFirst().map { Tensor(named: $0) }, node.op, attributes)
  }

  /// A bound that was an attribute, as an input of the node's type; none where it was not given.
  private func bound(_ name: String, of x: Tensor) -> Tensor {
    guard case .float(let value)? = node.attributes[name] else { return Tensor(named: "") }
    return scalar(value, like: x)
  }

  private func scalar(_ value: Float, like x: Tensor) -> Tensor {
    let number = Tensor([value], dims: [])
    return x.type == .float ? number : number.cast(to: x.type)
  }

  private func padded(_ x: Tensor) -> Tensor? {
    guard let pads = node.ints("pads") else { return nil }
    let value: Float = if case .float(let given)? = node.attributes["value"] { given } else { 0 }
    let attributes = node.attributes.filter { $0.key == "mode" }
    return x.followed(by: [Tensor(pads), scalar(value, like: x)], "Pad", attributes)
  }

  private func sliced(_ x: Tensor) -> Tensor? {
    guard let starts = node.ints("starts"), let ends = node.ints("ends") else { return nil }
    let axes = node.ints("axes") ?? Array(starts.indices)
    return x.followed(by: [starts, ends, axes].map { Tensor($0) }, "Slice")
  }

  private func largest(_ x: Tensor) -> Tensor? {
    guard case .int(let count)? = node.attributes["k"] else { return nil }
    return x.largest(count, axis: node.int("axis", default: -1)).values
  }

  /// A map made larger or smaller: before set 11 a pixel's place is its index times the scale.
  private func resized(_ x: Tensor, scales given: [Float]?) throws(GraphError) -> Tensor {
    let scales = given.map { Tensor($0) } ?? Tensor(named: node.inputs.count > 1 ? node.inputs[1] : "")
    let mode = node.string("mode") ?? "nearest"
    var attributes: [String: Node.Attribute] = [
      "mode": .string(mode == "bilinear" ? "linear" : mode),
      "coordinate_transformation_mode": .string("asymmetric"),
    ]
    if mode == "nearest" {
      attributes["nearest_mode"] = .string(try nearest(given.map { $0.map(Double.init) }))
    }
    // Set 11 demands a region, of which this mode takes no notice.
    return x.followed(by: [Tensor([Float]()), scales], "Resize", attributes)
  }

  /// How `Resize` of set 10 chooses a pixel, by what ONNX Runtime does since the standard leaves it open: the next one where
  /// a map becomes smaller, the one before where it becomes larger.
  private func nearest(_ given: [Double]?) throws(GraphError) -> String {
    guard node.op == "Resize" else { return "floor" }
    guard let scales = node.inputs.count > 1 ? numbers[node.inputs[1]] : nil else {
      throw unraisable("has scales that are no constant")
    }
    if scales.allSatisfy({ $0 >= 1 }) { return "floor" }
    guard scales.allSatisfy({ $0 <= 1 }) else {
      throw unraisable("makes one side larger and another smaller, each by another rule")
    }
    return "ceil"
  }

  private func floats(_ name: String) -> [Float]? {
    if case .floats(let found)? = node.attributes[name] { found } else { nil }
  }

  private func unraisable(_ reason: String) -> GraphError {
    GraphError(
      .unsupported,
      "node '\(node.name)' (\(node.op)) of operator set \(opset) \(reason): export the model again in set \(Model.oldestOpset) or later"
    )
  }
}

extension Tensor {
  /// What an operator makes of this tensor and further inputs; those at the end that have no name are left out.
  fileprivate func followed(
    by further: [Tensor], _ op: String, _ attributes: [String: Node.Attribute] = [:]
  ) -> Tensor {
    let given = further.reversed().drop { $0.isLeftOut }.reversed()
    return Tensor(.plain(op, attributes), [self] + given, type: type, rank: rank)
  }

  private var isLeftOut: Bool { if case .named("") = expression.form { true } else { false } }
}

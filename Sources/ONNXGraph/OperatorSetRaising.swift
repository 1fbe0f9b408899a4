import ONNXProto

extension Onnx_ModelProto {
  /// Converts a model of an older operator set to ``Model/oldestOpset``, in which nodes are appended. Every
  /// node still computes the same, and gets the form of the newer set if that differs. Nested bodies are
  /// converted too.
  ///
  /// - Returns: whether the set was an older one that can be raised.
  /// - Throws: ``GraphError`` naming a node that has no equivalent in the newer set.
  mutating func raiseOperatorSet() throws(GraphError) -> Bool {
    guard let opset = standardOpset, (Model.oldestRaised..<Model.oldestOpset).contains(opset) else {
      return false
    }
    for index in opsetImport.indices where opsetImport[index].domain.isStandard {
      opsetImport[index].version = Int64(Model.oldestOpset)
    }
    try graph.raiseNodes(from: opset, types: try Graph(unchecked: graph).guessedElementTypes())
    irVersion = max(irVersion, 4)
    return true
  }
}

extension Onnx_ModelProto {
  /// Up to version 3 of the format, constants are also graph inputs. In later versions these would be
  /// defaults, which ONNX Runtime neither folds nor packs, so that it would compute other bits. The inputs
  /// are therefore removed, and the version becomes 4.
  ///
  /// - Returns: whether there were any.
  mutating func takeConstantsFromInputs() -> Bool {
    let constants = Set(graph.initializer.map(\.name))
    guard irVersion < 4, graph.input.contains(where: { constants.contains($0.name) }) else { return false }
    graph.input.removeAll { constants.contains($0.name) }
    irVersion = 4
    return true
  }
}

extension Onnx_GraphProto {
  fileprivate mutating func raiseNodes(from opset: Int, types: [String: ElementType]) throws(GraphError) {
    let numbers = smallConstants
    let read = Set(node.flatMap { $0.input + Node.captured(by: $0) } + output.map(\.name))
    var raised: [Onnx_NodeProto] = []
    for var proto in node {
      for index in proto.attribute.indices where proto.attribute[index].hasG {
        let body = try Graph(unchecked: proto.attribute[index].g)
        try proto.attribute[index].g.raiseNodes(from: opset, types: body.guessedElementTypes(within: types))
      }
      let node = OldNode(node: Node(proto), opset: opset, types: types, numbers: numbers, read: read)
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

extension Graph {
  /// The element types of all tensors. If the file does not state a node's type, it is that of its first
  /// floating-point input.
  ///
  /// - Parameter outer: the types of the tensors around a nested body.
  func guessedElementTypes(within outer: [String: ElementType] = [:]) -> [String: ElementType] {
    var types = outer.merging(elementTypes()) { $1 }
    for node in nodes {
      let type =
        node.elementType(of: types)
        ?? node.inputs.lazy.compactMap { types[$0] }.first {
          [.float, .float16, .double, .bfloat16].contains($0)
        }
      for output in node.outputs.prefix(1) where types[output] == nil { types[output] = type }
    }
    return types
  }
}

/// How nodes of an operator get the form of ``Model/oldestOpset``. `docs/architectures.md` contains the
/// texts.
struct Raising: Sendable {
  /// The sets in which the operator has an older form.
  let sets: Range<Int>
  /// How a node changes.
  let change: String
  /// What a node does that has no equivalent in the newer set; `nil` if all nodes have one.
  let refusal: String?
  /// The node in the newer set; `nil` if it already has that form.
  fileprivate let formula: @Sendable (OldNode, Tensor) throws(GraphError) -> Tensor?

  fileprivate init(
    _ sets: Range<Int>, _ change: String, refusing refusal: String? = nil,
    formula: @escaping @Sendable (OldNode, Tensor) throws(GraphError) -> Tensor?
  ) {
    (self.sets, self.change, self.refusal, self.formula) = (sets, change, refusal, formula)
  }

  /// The changes by operator. All other operators have the same form in all of these sets.
  static let byOperator = changed.merging(experimental.map { ($0, removed) }) { form, _ in form }

  private static let removed = Raising(
    7..<11, "–", refusing: "is an experimental operator, which later sets do not have"
  ) { (node, _) throws(GraphError) in throw node.unraisable }

  /// Operators of old sets that never became standard, although some runtimes still support them.
  private static let experimental = [
    "ATen", "ConstantFill", "Crop", "DynamicSlice", "GRUUnit", "GivenTensorFill", "ParametricSoftplus",
    "Scale",
    "ScaledTanh",
  ]

  private static let changed: [String: Raising] = [
    "Affine": Raising(7..<11, "becomes Mul and Add") { node, x in
      node.scaled(x, by: "alpha") + node.scalar(node.node.float("beta", default: 0), like: x)
    },
    "BatchNormalization": Raising(
      7..<9, "`spatial=1` is left out, since it is the only form of later sets",
      refusing: "normalises each pixel by itself (spatial = 0), which later sets do not"
    ) { (node, x) throws(GraphError) in try node.normalised(x) },
    "Clip": Raising(7..<11, "`min` and `max` become inputs") { node, x in node.clipped(x) },
    "Dropout": Raising(
      7..<10, "a mask that nothing reads is left out",
      refusing: "returns its mask, which has another type in later sets"
    ) { (node, x) throws(GraphError) in try node.dropped(x) },
    "ImageScaler": Raising(7..<11, "becomes Mul and Add") { node, x in node.scaled(x) },
    "MeanVarianceNormalization": Raising(
      7..<9, "–", refusing: "has an experimental form, which later sets do not have"
    ) { (node, _) throws(GraphError) in throw node.unraisable },
    "Pad": Raising(7..<11, "`pads` and `value` become inputs") { node, x in node.padded(x) },
    "Resize": Raising(
      10..<11,
      """
      the place of a pixel, its index times the scale, is named, and which neighbour is taken: as ONNX Runtime does, the next \
      one along an axis that becomes smaller, the one before along others
      """
    ) { node, x in node.resized(x) },
    "Scan": Raising(
      7..<9, "–", refusing: "runs over a batch, which later sets do not"
    ) { (node, _) throws(GraphError) in throw node.unraisable },
    "Scatter": Raising(9..<11, "becomes ScatterElements") { node, x in
      x.followed(by: node.operands, "ScatterElements", node.node.attributes)
    },
    "Slice": Raising(7..<10, "`starts`, `ends` and `axes` become inputs") { node, x in node.sliced(x) },
    "TopK": Raising(7..<10, "`k` becomes an input") { node, x in node.largest(x) },
    "Upsample": Raising(7..<11, "becomes Resize, which takes the pixel before; `scales` becomes an input") {
      node, x in node.upsampled(x)
    },
  ]
}

/// A node of an operator set before ``Model/oldestOpset``.
private struct OldNode {
  let node: Node
  let opset: Int
  let types: [String: ElementType]
  let numbers: [String: [Double]]
  /// The tensors that are read anywhere.
  let read: Set<String>

  /// The node in the newer set; `nil` if it already has that form.
  func raised() throws(GraphError) -> Tensor? {
    guard node.domain.isEmpty, let first = node.inputs.first, let raising = Raising.byOperator[node.op],
      raising.sets.contains(opset)
    else { return nil }
    return try raising.formula(self, Tensor(named: first, type: types[first] ?? .float))
  }

  /// The inputs of the node after the first one.
  var operands: [Tensor] { node.inputs.dropFirst().map { Tensor(named: $0) } }

  var unraisable: GraphError {
    let title = node.name.isEmpty ? "node that writes '\(node.outputs[0])'" : "node '\(node.name)'"
    return GraphError(
      .unsupported,
      "\(title) (\(node.op)) of operator set \(opset) \(Raising.byOperator[node.op]?.refusal ?? ""): "
        + "export the model again in set \(Model.oldestOpset) or later")
  }
}

extension OldNode {
  /// One mean for each channel, which is the only form since set 9.
  func normalised(_ x: Tensor) throws(GraphError) -> Tensor? {
    guard node.attributes["spatial"] != nil else { return nil }
    guard node.int("spatial", default: 1) == 1 else { throw unraisable }
    return x.followed(by: operands, node.op, node.attributes.filter { $0.key != "spatial" })
  }

  func dropped(_ x: Tensor) throws(GraphError) -> Tensor? {
    let masks = node.outputs.dropFirst()
    guard !masks.isEmpty else { return nil }
    guard read.isDisjoint(with: masks) else { throw unraisable }
    return x.mapped("Dropout", node.attributes)
  }

  /// An image times a number, plus a number for each channel.
  func scaled(_ x: Tensor) -> Tensor {
    let product = scaled(x, by: "scale")
    guard case .floats(let bias)? = node.attributes["bias"] else { return product }
    return product + Tensor(bias, dims: [1, bias.count, 1, 1], as: x.type)
  }

  func scaled(_ x: Tensor, by factor: String) -> Tensor {
    x * scalar(node.float(factor, default: 1), like: x)
  }

  func clipped(_ x: Tensor) -> Tensor {
    x.followed(by: [bound("min", of: x), bound("max", of: x)], "Clip")
  }

  /// A bound that was an attribute, as an input with the node's type; none if it was not given.
  private func bound(_ name: String, of x: Tensor) -> Tensor {
    guard case .float(let value)? = node.attributes[name] else { return Tensor(named: "") }
    return scalar(value, like: x)
  }

  func scalar(_ value: Float, like x: Tensor) -> Tensor { Tensor([value], dims: [], as: x.type) }

  func padded(_ x: Tensor) -> Tensor? {
    guard let pads = node.ints("pads") else { return nil }
    let attributes = node.attributes.filter { $0.key == "mode" }
    return x.followed(
      by: [Tensor(pads), scalar(node.float("value", default: 0), like: x)], "Pad", attributes)
  }

  /// An axis that is kept entirely is left out, because OpenVINO would interpret the end as the size of the
  /// largest batch.
  func sliced(_ x: Tensor) -> Tensor? {
    guard let starts = node.ints("starts"), let ends = node.ints("ends") else { return nil }
    let axes = node.ints("axes") ?? Array(starts.indices)
    guard ends.count == starts.count, axes.count == starts.count else { return nil }
    let cut = axes.indices.filter { starts[$0] != 0 || ends[$0] < Int(Int32.max) }
    guard !cut.isEmpty else { return x.mapped("Identity") }
    return x.followed(by: [starts, ends, axes].map { list in Tensor(cut.map { list[$0] }) }, "Slice")
  }

  func largest(_ x: Tensor) -> Tensor? {
    guard case .int(let count)? = node.attributes["k"] else { return nil }
    return x.largest(count, axis: node.int("axis", default: -1)).values
  }
}

/// Maps that are enlarged or reduced. Before set 11, a pixel's position is its index times the scale.
extension OldNode {
  private enum Neighbour: String {
    case before = "floor"
    case next = "ceil"
  }

  func upsampled(_ x: Tensor) -> Tensor {
    if opset < 9, case .floats(let scales)? = node.attributes["scales"] {
      return resized(x, by: Tensor(scales), taking: .before)
    }
    return resized(x, by: scales, taking: .before)
  }

  /// The standard leaves open which pixel set 10 takes, so ONNX Runtime decides: the next one if an axis
  /// becomes smaller, the previous one if it becomes larger. Two steps are used if that is unknown, or if
  /// both occur.
  func resized(_ x: Tensor) -> Tensor {
    let known = node.inputs.count > 1 ? numbers[node.inputs[1]] : nil
    if mode != "nearest" || known?.allSatisfy({ $0 >= 1 }) == true {
      return resized(x, by: scales, taking: .before)
    }
    if known?.allSatisfy({ $0 <= 1 }) == true { return resized(x, by: scales, taking: .next) }
    let larger = resized(x, by: scales.atLeast(1), taking: .before)
    return resized(larger, by: scales.atMost(1), taking: .next)
  }

  private var mode: String { node.string("mode") ?? "nearest" }

  private var scales: Tensor { Tensor(named: node.inputs.count > 1 ? node.inputs[1] : "", rank: 1) }

  private func resized(_ x: Tensor, by scales: Tensor, taking neighbour: Neighbour) -> Tensor {
    var attributes: [String: Node.Attribute] = [
      "mode": .string(mode == "bilinear" ? "linear" : mode),
      "coordinate_transformation_mode": .string("asymmetric"),
    ]
    if mode == "nearest" { attributes["nearest_mode"] = .string(neighbour.rawValue) }
    // Set 11 requires a region, which this mode ignores.
    return x.followed(by: [Tensor([Float]()), scales], "Resize", attributes)
  }
}

extension Tensor {
  /// Applies an operator to this tensor and further inputs. Trailing inputs without a name are left out.
  fileprivate func followed(
    by further: [Tensor], _ op: String, _ attributes: [String: Node.Attribute] = [:]
  ) -> Tensor {
    let given = further.reversed().drop { $0.isLeftOut }.reversed()
    return Tensor(.plain(op, attributes), [self] + given, type: type, rank: rank)
  }

  private var isLeftOut: Bool { if case .named("") = expression.form { true } else { false } }
}

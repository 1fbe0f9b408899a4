import OddityStatistics
import ONNXGraph

extension Model {
  /// Refuses networks that contain a node whose results are no function of one image, or which the engine is known to
  /// compute wrongly.
  ///
  /// - Parameters:
  ///   - outputs: the tensors that are wanted; other parts of the model do not matter.
  ///   - flow: which tensors carry the image.
  /// - Throws: ``OddityError`` `.badModel` that names the first such node, and says what to do; ``GraphError`` where the
  ///   model is too large to be edited.
  package func refuseUnsoundNodes(before outputs: [String], flow: DataFlow) throws {
    let flow = graph.quantises ? DataFlow(try graphQuantisingInFloat(), image: flow.image) : flow
    let types = flow.graph.elementTypes()
    let needed = flow.graph.ancestors(of: outputs)
    for node in flow.graph.nodes where node.outputs.contains(where: needed.contains) {
      let complaint =
        node.trainingComplaint(in: flow.graph) ?? node.randomComplaint
        ?? node.elementTypeComplaint(types, live: flow.live) ?? node.batchComplaint(in: flow)
        ?? node.engineComplaint(in: flow.graph, types)
      if let complaint { throw OddityError(.badModel, "\(name): \(complaint)") }
    }
  }
}

extension Node {
  /// What messages call the node: its kind with its name, or with the tensor that it writes where it has no name.
  var title: String {
    name.isEmpty ? "\(op) that writes '\(outputs.first { !$0.isEmpty } ?? "")'" : "\(op) '\(name)'"
  }

  /// Batch normalisation in training mode takes mean and variance of the batch. Before operator set 14 no attribute says so,
  /// but further outputs do: the running mean and variance.
  ///
  /// Dropout is in training mode where its third input says so.
  fileprivate func trainingComplaint(in graph: Graph) -> String? {
    guard domain.isEmpty else { return nil }
    let isTraining =
      switch op {
      case "BatchNormalization":
        int("training_mode", default: 0) != 0 || outputs.count(where: { !$0.isEmpty }) > 1
      case "Dropout":
        inputs.count > 2 && !inputs[2].isEmpty && graph.numbers(of: inputs[2]) != [0]
      default: false
      }
    return isTraining ? "\(title) is in training mode; export the network with model.eval()" : nil
  }

  fileprivate var randomComplaint: String? {
    guard Self.random.contains(op), domain.isEmpty else { return nil }
    return
      "\(title) draws random numbers, so that one image gets other scores each time; export the network with "
      + "model.eval()"
  }

  private static let random: Set = [
    "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli", "Multinomial",
  ]

  /// Element types that OpenVINO up to 2026.4 computes wrongly, measured against ONNX Runtime: activations of 16 bits, where
  /// they are not computed in floating point, lead to logits that are off by several times their spread; weights of 4 bits beside quantised activations, and float8
  /// weights, do so in a good share of the times that a network is compiled for several streams. Weights of 16 bits are right.
  fileprivate func elementTypeComplaint(_ types: [String: ElementType], live: Set<String>) -> String? {
    let tensors = inputs + outputs
    if let narrow = tensors.compactMap({ types[$0] }).first(where: \.isNarrow) {
      return
        "\(title) has values of type \(narrow), which the engine computes wrongly; quantise to int8 or uint8, or take "
        + "the network before quantisation"
    }
    let wideTypes: [ElementType] = [.int16, .uint16]
    guard ["QuantizeLinear", "DequantizeLinear"].contains(op),
      let wide = tensors.filter(live.contains).compactMap({ types[$0] }).first(where: wideTypes.contains)
    else { return nil }
    return
      "\(title) has activations of type \(wide), which the engine computes wrongly; quantise activations to int8 or "
      + "uint8, or take the network before quantisation"
  }
}

extension Node {
  /// A scale that is taken from the values themselves is one for all images of a batch, and a branch that is chosen by them
  /// is taken by all.
  func batchComplaint(in flow: DataFlow) -> String? {
    guard let decision = decisionForBatch(in: flow),
      let image = flow.graph.inputs.first(where: { $0.name == flow.image }), image.shape?.first != .some(1)
    else { return nil }
    return
      "\(title) \(decision) all images of a batch, so that an image's scores depend on its neighbours; export "
      + "the network with a batch of 1"
  }

  /// What the node decides for all images of a batch by what they show.
  fileprivate func decisionForBatch(in flow: DataFlow) -> String? {
    if takesScaleFromBatch, inputs.contains(where: flow.live.contains) { return "takes its scale from" }
    // The condition of If, and the count and the condition of Loop.
    let deciding = inputs.prefix(op == "If" ? 1 : op == "Loop" ? 2 : 0)
    return deciding.contains(where: flow.live.contains) ? "decides once for" : nil
  }

  /// Whether the node quantises by the range of what it is given.
  package var takesScaleFromBatch: Bool { ["DynamicQuantizeLinear", "DynamicQuantizeMatMul"].contains(op) }
}

extension Model {
  /// The model, with a batch of one image fixed where it leaves the batch free but decides something for all of its images.
  /// Then every runtime has to run the guarded model image by image.
  ///
  /// - Parameter flow: of this model's graph.
  func keepingImagesApart(_ flow: DataFlow) throws -> Model {
    guard flow.graph.nodes.contains(where: { $0.decisionForBatch(in: flow) != nil }),
      let shape = graph.inputs.first(where: { $0.name == flow.image })?.shape, shape.first == .some(nil)
    else { return self }
    return try takingOneImage(as: flow.image)
  }
}

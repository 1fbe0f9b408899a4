import ONNXGraph

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

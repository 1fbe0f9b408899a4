import ONNXGraph

extension Classifier {
  /// The first node between image and logits that mixes the images of a batch, as far as its attributes tell.
  var batchDependence: (title: String, reason: String)? {
    let needed = flow.ancestors(of: head.logits)
    for node in flow.graph.nodes where node.outputs.contains(where: needed.contains) {
      if let reason = node.batchDependence { return (node.title, reason) }
    }
    return nil
  }
}

extension Node {
  /// How the node mixes the images of a batch; `nil` where its attributes do not tell that it does.
  fileprivate var batchDependence: String? {
    let overBatch = "which works over the batch: export the network so that it computes each image by itself"
    switch op {
    case "MeanVarianceNormalization":
      return (ints("axes") ?? [0, 2, 3]).contains(0) ? overBatch : nil
    case "Softmax", "LogSoftmax", "Hardmax", "LpNormalization", "LayerNormalization", "CumSum":
      return int("axis", default: -1) == 0 ? overBatch : nil
    case _ where op.hasPrefix("Reduce"):
      if let axes = ints("axes") { return axes.contains(0) ? overBatch : nil }
      return inputs.count < 2 ? overBatch : nil
    default: return nil
    }
  }
}

import OddityStatistics
import ONNXGraph
import Engines

extension DataFlow {
  /// The first node between the image and some tensors that mixes the images of a batch, as far as its
  /// attributes tell.
  package func batchDependence(before tensors: [String]) -> (title: String, reason: String)? {
    let needed = graph.ancestors(of: tensors)
    for node in graph.nodes
    where node.outputs.contains(where: needed.contains) && node.inputs.contains(where: live.contains) {
      if let reason = node.batchDependence(in: graph) { return (node.title, reason) }
    }
    return nil
  }
}

extension Node {
  /// How the node mixes the images of a batch; `nil` if its attributes do not show that it does.
  fileprivate func batchDependence(in graph: Graph) -> String? {
    let overBatch = "which works over the batch: export the network so that it computes each image by itself"
    switch op {
    case "MeanVarianceNormalization":
      return (ints("axes") ?? [0, 2, 3]).contains(0) ? overBatch : nil
    case "Softmax", "LogSoftmax", "Hardmax", "LpNormalization", "LayerNormalization", "RMSNormalization",
      "ArgMax", "TopK",
      "ReverseSequence":
      return int("axis", default: -1) == 0 ? overBatch : nil
    case "CumSum": return inputs.count > 1 && graph.numbers(of: inputs[1]) == [0] ? overBatch : nil
    case "Slice":
      return inputs.count > 3 && graph.numbers(of: inputs[3])?.contains(0) == true ? overBatch : nil
    case _ where op.hasPrefix("Reduce"):
      guard inputs.count > 1, !inputs[1].isEmpty else {
        return (ints("axes") ?? [0]).contains(0) ? overBatch : nil
      }
      return graph.numbers(of: inputs[1])?.contains(0) == true ? overBatch : nil
    default: return nil
    }
  }
}

extension EngineError {
  /// Why the engine cannot run a network, with the node that causes it if the graph shows one.
  func explained(by flow: DataFlow, in model: Model) -> any Error {
    if let strange = flow.graph.nodes.first(where: { lacks($0) }) {
      return OddityError(
        .badModel,
        "\(model.name): the engine does not have the operator of \(strange.title): export the network with standard ONNX "
          + "operators, before any runtime has optimised it")
    }
    guard message.contains("hape"), let cause = flow.batchDependence(before: flow.graph.outputs.map(\.name))
    else { return self }
    return OddityError(
      .badModel, "\(message); the probable cause is \(cause.title), \(cause.reason)")
  }

  /// Whether the message says that the engine lacks the operator of a node.
  private func lacks(_ node: Node) -> Bool {
    // ONNX Runtime's wording for operators of other domains, and of the standard one.
    if message.contains("\(node.domain):\(node.op)(") && message.contains("not a registered function") {
      return true
    }
    if message.contains("No Op registered for \(node.op) with ") { return true }
    if message.contains("Could not find an implementation for \(node.op)(") { return true }
    // OpenVINO's wording.
    guard let list = message.range(of: "No conversion rule found for operations: ") else { return false }
    let full = node.domain.isEmpty ? node.op : "\(node.domain).\(node.op)"
    return message[list.upperBound...].split(separator: ",").contains { part in
      let name = part.trimmingPrefix(while: \.isWhitespace)
      return name == full || name.hasPrefix("\(full)-")
    }
  }
}

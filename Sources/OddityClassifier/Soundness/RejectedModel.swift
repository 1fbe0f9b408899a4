import OddityFiles
import ONNXGraph
import OpenVINORuntime

extension EngineError {
  /// Why the engine takes a network for none that it can run, with the node that is the cause where the graph shows one.
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

  /// Whether the message names the operator of a node as one that the engine does not have.
  private func lacks(_ node: Node) -> Bool {
    guard let list = message.range(of: "No conversion rule found for operations: ") else { return false }
    let full = node.domain.isEmpty ? node.op : "\(node.domain).\(node.op)"
    return message[list.upperBound...].split(separator: ",").contains { part in
      let name = part.trimmingPrefix(while: \.isWhitespace)
      return name == full || name.hasPrefix("\(full)-")
    }
  }
}

import Foundation
import ONNXProto

extension Model {
  /// The part of the model that the given tensors are computed from, with them as its only outputs.
  ///
  /// Removes every node, constant and input that none of them needs, so that a model can be run for
  /// what depends on its image alone.
  ///
  /// - Throws: ``GraphError`` `.noSuchTensor` where a tensor does not exist.
  public func pruned(to outputs: [String]) throws(GraphError) -> Model {
    if let missing = outputs.first(where: { !graph.contains($0) }) {
      throw GraphError(.noSuchTensor, "\(name) has no tensor '\(missing)'")
    }
    let needed = graph.ancestors(of: outputs)
    var proto = try decode(bytes, name: name)
    let declared = Dictionary(
      proto.graph.output.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    proto.graph.node.removeAll { !$0.output.contains(where: needed.contains) }
    proto.graph.initializer.removeAll { !needed.contains($0.name) }
    proto.graph.input.removeAll { !needed.contains($0.name) }
    proto.graph.output = outputs.map { output in
      var unknown = Onnx_ValueInfoProto()
      unknown.name = output
      return declared[output] ?? unknown
    }
    return try Model(bytes: encode(proto, name: name), name: name)
  }
}

extension Graph {
  /// The given tensors and everything they are computed from: data, weights and shapes alike.
  public func ancestors(of tensors: [String]) -> Set<String> {
    var needed = Set(tensors)
    for node in nodes.reversed() where node.outputs.contains(where: needed.contains) {
      needed.formUnion(node.inputs + node.captured)
    }
    return needed
  }
}

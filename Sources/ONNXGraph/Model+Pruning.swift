import Foundation
import ONNXProto

extension Model {
  /// The part of the model from which the given tensors are computed, with them as its only outputs.
  ///
  /// Removes every node, constant and input that none of them needs, so that only the part that depends on
  /// the image is run.
  ///
  /// - Throws: ``GraphError`` `.noSuchTensor` if a tensor does not exist.
  package func pruned(to outputs: [String]) throws(GraphError) -> Model {
    if let missing = outputs.first(where: { !graph.contains($0) }) {
      throw GraphError(.noSuchTensor, "\(name) has no tensor '\(missing)'")
    }
    let needed = graph.ancestors(of: outputs)
    return try edited { proto in
      proto.graph.node.removeAll { !$0.output.contains(where: needed.contains) }
      proto.graph.keep(needed, outputs: outputs)
    }
  }

  /// The model without some outputs, without the nodes and constants that only they need, and without some of
  /// its metadata.
  ///
  /// Removed nodes are found by where they lead, because converters add nodes after outputs and rename
  /// others. Of nodes that lead to no output at all, only those of an ``Appendix`` are removed.
  ///
  /// - Parameter kept: further tensors to keep, with everything that they are computed from.
  package func removing(
    outputs: [String], keeping kept: [String], metadata keys: Set<String>
  ) throws(GraphError) -> Model {
    let remaining = graph.outputs.map(\.name).filter { !outputs.contains($0) }
    let needed = graph.ancestors(of: remaining + kept).subtracting([""])
    let removed = graph.ancestors(of: outputs).subtracting(needed).subtracting([""])
    func goes(_ name: String, making tensors: [String]) -> Bool {
      !tensors.contains(where: needed.contains)
        && (name.hasPrefix(Appendix.prefix) || tensors.contains(where: removed.contains))
    }
    return try edited { proto in
      proto.graph.output.removeAll { outputs.contains($0.name) }
      proto.graph.node.removeAll { goes($0.name, making: $0.output) }
      proto.graph.initializer.removeAll { goes($0.name, making: [$0.name]) }
      // A converter's information about a removed tensor would otherwise apply to a new tensor with the same
      // name.
      proto.graph.valueInfo.removeAll { removed.contains($0.name) }
      proto.metadataProps.removeAll { keys.contains($0.key) }
    }
  }

  /// The part of the model between two tensors as a separate model, with the first tensor as its only input.
  ///
  /// - Parameters:
  ///   - shape: the shape of the input; `nil` for dynamic dimensions.
  /// - Throws: ``GraphError`` `.noSuchTensor` if a tensor does not exist.
  package func cut(
    from input: String, type: ElementType, shape: [Int?], to output: String
  ) throws(GraphError) -> Model {
    if let missing = [input, output].first(where: { !graph.contains($0) }) {
      throw GraphError(.noSuchTensor, "\(name) has no tensor '\(missing)'")
    }
    let needed = graph.ancestors(of: [output], stoppingAt: input)
    return try edited { proto in
      proto.graph.node.removeAll { node in
        node.output.contains(input) || !node.output.contains(where: needed.contains)
      }
      proto.graph.keep(needed, outputs: [output])
      proto.graph.valueInfo = []
      proto.graph.input.append(Onnx_ValueInfoProto(input, type: type, shape: shape))
    }
  }

  /// A model that returns its only input, float32 [N, width], as a base for appended nodes.
  ///
  /// - Parameters:
  ///   - like: the model whose operator set it uses, so that nodes appended to either are equal.
  ///   - output: the name under which the input is returned.
  package static func rows(
    of width: Int, from input: String, to output: String, like model: Model
  ) throws(GraphError) -> Model {
    let proto = Onnx_ModelProto.with {
      $0.irVersion = Int64(max(model.irVersion, 4))
      $0.opsetImport = [.with { $0.version = Int64(model.opset) }]
      $0.graph.name = "rows"
      $0.graph.input = [Onnx_ValueInfoProto(input, type: .float, shape: [nil, width])]
      $0.graph.node = [Onnx_NodeProto("Identity", [input], [output])]
    }
    return try Model(bytes: encode(proto, name: "the rows"), name: "the rows")
  }
}

extension Onnx_GraphProto {
  /// Keeps only the required initializers and inputs, and returns some tensors instead of the outputs.
  fileprivate mutating func keep(_ needed: Set<String>, outputs: [String]) {
    initializer.removeAll { !needed.contains($0.name) }
    input.removeAll { !needed.contains($0.name) }
    let declared = Dictionary(first: output.map { ($0.name, $0) })
    output = outputs.map { declared[$0] ?? Onnx_ValueInfoProto($0) }
  }
}

extension Graph {
  /// The given tensors and everything that they are computed from: data, weights and shapes.
  ///
  /// - Parameter boundary: a tensor whose own inputs are not included.
  package func ancestors(of tensors: [String], stoppingAt boundary: String? = nil) -> Set<String> {
    var needed = Set(tensors)
    for node in nodes.reversed() where node.outputs.contains(where: { $0 != boundary && needed.contains($0) })
    {
      needed.formUnion(node.inputs + node.captured)
    }
    return needed
  }

  /// A tensor and everything that is computed from it in any way, except nodes that only describe it.
  package func descendants(of tensor: String) -> Set<String> {
    var found: Set = [tensor]
    for node in nodes where !Operators.shapeOf.contains(node.op) {
      guard (node.inputs + node.captured).contains(where: found.contains) else { continue }
      found.formUnion(node.outputs.filter { !$0.isEmpty })
    }
    return found
  }
}

import Foundation
import ONNXProto

extension Model {
  /// A new input that replaces another one. Nodes compute the value of the old input from it.
  package struct NewInput {
    let name: String
    let type: ElementType
    /// The names of its axes after the batch, or their lengths.
    let axes: [Axis]
    /// The name of the tensor that replaces the old input, and the scope in the names of everything that
    /// computes it.
    let (inner, scope): (String, String)
    /// The value of the old input, computed from the new one.
    let value: Tensor

    package enum Axis: Sendable {
      case free(String)
      case fixed(Int)
    }

    package init(
      _ name: String, type: ElementType, axes: [Axis], inner: String, scope: String, value: Tensor
    ) {
      (self.name, self.type, self.axes, self.value) = (name, type, axes, value)
      (self.inner, self.scope) = (inner, scope)
    }
  }

  /// The model with nodes before one of its inputs.
  ///
  /// The old input becomes an inner tensor with another name. Its declaration is kept for that tensor, so
  /// that ``startingAt(_:named:type:shape:scope:keeping:)`` restores this model.
  ///
  /// - Throws: ``GraphError`` `.noSuchTensor` if there is no such input, and if the result cannot be written.
  package func replacingInput(_ old: String, by new: NewInput) throws(GraphError) -> Model {
    guard graph.inputs.contains(where: { $0.name == old }) else {
      throw GraphError(.noSuchTensor, "\(name) has no input '\(old)'")
    }
    let (nodes, constants) = Appendix.nodes(of: new.value, as: [new.inner], opset: opset, scope: new.scope)
    return try edited { proto in
      guard let place = proto.graph.input.firstIndex(where: { $0.name == old }) else { return }
      var declared = proto.graph.input[place]
      proto.graph.input[place] = Onnx_ValueInfoProto(new, batch: declared.type.tensorType.shape.dim.first)
      proto.graph.rename(old, to: new.inner)
      declared.name = new.inner
      proto.graph.valueInfo.removeAll { $0.name == old }
      proto.graph.valueInfo.append(declared)
      proto.graph.node.insert(contentsOf: nodes, at: 0)
      proto.graph.initializer += constants
      proto.irVersion = max(proto.irVersion, 4)
    }
  }

  /// The model from an inner tensor on. The tensor becomes an input with a new name, and everything that only
  /// it was computed from is removed.
  ///
  /// - Parameters:
  ///   - type: the type of the tensor, if the file does not declare it.
  ///   - shape: the shape of the tensor without the batch, if the file does not declare it.
  ///   - scope: the prefix of names to free. Nodes that a converter has left with such names are renamed.
  ///   - outputs: tensors to keep in addition to the outputs.
  /// - Throws: ``GraphError`` if the result cannot be written.
  package func startingAt(
    _ inner: String, named name: String, type: ElementType, shape: [Int], scope: String,
    keeping outputs: [String]
  ) throws(GraphError) -> Model {
    let behind = graph.ancestors(of: [inner]).subtracting([inner])
    let needed = graph.ancestors(of: graph.outputs.map(\.name) + outputs, stoppingAt: inner)
    let gone = behind.subtracting(needed)
    return try edited { proto in
      let place = proto.graph.input.firstIndex { gone.contains($0.name) } ?? 0
      var declared =
        proto.graph.valueInfo.first { $0.name == inner }
        ?? Onnx_ValueInfoProto(inner, type: type, shape: [nil] + shape)
      declared.name = name
      proto.graph.node.removeAll { node in
        node.output.contains(inner) || node.output.allSatisfy { gone.contains($0) || $0.isEmpty }
      }
      proto.graph.initializer.removeAll { gone.contains($0.name) }
      proto.graph.valueInfo.removeAll { gone.contains($0.name) || $0.name == inner }
      proto.graph.input.removeAll { gone.contains($0.name) }
      proto.graph.rename(inner, to: name)
      proto.graph.input.insert(declared, at: place)
      for tensor in proto.graph.initializer.map(\.name) + proto.graph.node.flatMap(\.output)
      where tensor.hasPrefix(scope) {
        proto.graph.rename(tensor, to: "kept/" + tensor)
      }
    }
  }

  /// The first of some names that belongs to a tensor, also in nested bodies.
  package func firstTaken(among names: [String]) throws(GraphError) -> String? {
    let graph = try decode(bytes, name: name).graph
    return names.first(where: graph.names)
  }
}

extension Onnx_GraphProto {
  /// Renames a tensor wherever it is written or read.
  fileprivate mutating func rename(_ old: String, to new: String) {
    for index in initializer.indices where initializer[index].name == old { initializer[index].name = new }
    for index in node.indices {
      for place in node[index].input.indices where node[index].input[place] == old {
        node[index].input[place] = new
      }
      for place in node[index].output.indices where node[index].output[place] == old {
        node[index].output[place] = new
      }
      for place in node[index].attribute.indices where node[index].attribute[place].hasG {
        node[index].attribute[place].g.rename(old, to: new)
      }
    }
  }
}

extension Onnx_GraphProto {
  fileprivate func names(_ tensor: String) -> Bool {
    input.contains { $0.name == tensor } || initializer.contains { $0.name == tensor }
      || node.contains { node in
        node.output.contains(tensor) || node.attribute.contains { $0.hasG && $0.g.names(tensor) }
      }
  }
}

extension Onnx_ValueInfoProto {
  /// - Parameter batch: the batch axis of the replaced input.
  fileprivate init(_ new: Model.NewInput, batch: Onnx_TensorShapeProto.Dimension?) {
    self.init()
    name = new.name
    type.tensorType.elemType = new.type.rawValue
    let axes = new.axes.map { axis in
      Onnx_TensorShapeProto.Dimension.with {
        switch axis {
        case .free(let name): $0.dimParam = name
        case .fixed(let size): $0.dimValue = Int64(size)
        }
      }
    }
    type.tensorType.shape.dim = [batch ?? .with { $0.dimParam = "N" }] + axes
  }
}

import Foundation
import ONNXProto

extension Model {
  /// Another input in the place of one: what nodes make of it is what the old one was.
  package struct NewInput {
    let name: String
    let type: ElementType
    /// What its axes after the batch are called, or how long they are.
    let axes: [Axis]
    /// What the tensor is called that takes the place of the old input, and what stands in the names of all that it is made of.
    let (inner, scope): (String, String)
    /// Of the old input, from the new one.
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
  /// The old input becomes an inner tensor under another name; its declaration stays as that tensor's, so that
  /// ``startingAt(_:named:type:shape:scope:keeping:)`` gives this model again.
  ///
  /// - Throws: ``GraphError`` `.noSuchTensor` where there is no such input, and where the result cannot be written.
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

  /// The model from an inner tensor on: it becomes an input under a name of its own, and what only it was computed from goes.
  ///
  /// - Parameters:
  ///   - type: of the tensor, where the file does not declare it.
  ///   - shape: the same, without the batch.
  ///   - scope: names that begin so are given up: what a converter has left of them elsewhere gets others.
  ///   - outputs: tensors that stay beside the outputs.
  /// - Throws: ``GraphError`` where the result cannot be written.
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

  /// The first of some names that a tensor has, in a nested body too.
  package func firstTaken(among names: [String]) throws(GraphError) -> String? {
    let graph = try decode(bytes, name: name).graph
    return names.first(where: graph.names)
  }
}

extension Onnx_GraphProto {
  /// Calls a tensor otherwise, wherever it is made or read.
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
  /// - Parameter batch: the batch axis of the input that it replaces.
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

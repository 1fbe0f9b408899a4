import Imaging
import OddityStatistics
import ONNXGraph

extension Classifier {
  /// The kind of the head according to the graph: sigmoid if a Sigmoid follows the logits, else softmax.
  public var headKind: HeadKind {
    if let activation = head.outputActivation { return activation == "Sigmoid" ? .sigmoid : .softmax }
    return flow.graph.hasSigmoid(behind: head.logits) ? .sigmoid : .softmax
  }

  /// Whether the graph does not show how the logits are used, so that exactly one class is assumed to be
  /// right.
  public var assumesSoftmax: Bool {
    classes > 1 && headKind == .softmax && head.outputActivation == nil && !head.decides
  }
}

extension Classifier {
  /// A note if a classifier has several heads, of which one was chosen; `nil` otherwise.
  public var otherHeadsNote: String? {
    guard !otherLogits.isEmpty else { return nil }
    let others = otherLogits.map { "'\($0)'" }.joined(separator: ", ")
    return
      "\(model.name) has several heads: Oddity chose '\(head.logits)', which follows \(head.depth) layers "
      + "with weights, \(headChoice.reason); choose another one with \(.logits, "NAME"): \(others)"
  }
}

extension Graph {
  /// Whether a Sigmoid reads the tensor, except one that weights the same values, as in SiLU.
  fileprivate func hasSigmoid(behind tensor: String) -> Bool {
    let same = copies(of: tensor)
    let sigmoids = nodes.filter { $0.op == "Sigmoid" && $0.inputs.first.map(same.contains) == true }
    return sigmoids.contains { sigmoid in
      let values = Set(sigmoid.outputs)
      return !nodes.contains {
        $0.op == "Mul" && !values.isDisjoint(with: $0.inputs) && !same.isDisjoint(with: $0.inputs)
      }
    }
  }

  /// The tensors that hold the same values in another type or shape, and the tensor itself.
  private func copies(of tensor: String) -> Set<String> {
    var same: Set = [tensor]
    let keeping = Operators.passThrough.union(Operators.layout).subtracting(["Transpose"])
    for node in nodes where keeping.contains(node.op) {
      if let source = node.inputs.first, same.contains(source) { same.formUnion(node.outputs) }
    }
    return same
  }
}

extension Classifier {
  /// The type of the image input's elements.
  ///
  /// - Throws: ``OddityError`` `.badModel` for a type in which Oddity cannot feed images.
  package var inputType: InputType {
    get throws(OddityError) {
      guard let type = InputType(rawValue: image.elementType.description) else {
        throw OddityError(
          .badModel,
          "\(model.name): the image input '\(image.name)' is of ONNX's element type "
            + "\(image.elementType.rawValue); Oddity feeds "
            + "\(InputType.allCases.map(\.rawValue).joined(separator: ", ")): add a Cast in the graph")
      }
      return type
    }
  }
}

import ONNXGraph

/// The outputs of the model that certainly hold the classes' values. Classifiers may also return labels, the
/// best few classes, or features. Outputs that are computed from the logits in any other way are not
/// included.
package struct AnswerOutputs {
  /// The output with the logits.
  package private(set) var logits: String?
  /// The output with a probability, or its logarithm, for each of the logits' classes, in their order.
  package private(set) var probabilities: String?

  package init(of classifier: Classifier, head: HeadKind) {
    let flow = DataFlow(classifier.model.graph, image: classifier.image.name)
    for output in classifier.model.graph.outputs.map(\.name) {
      switch Self.activations(between: output, and: classifier.head, as: head, in: flow) {
      case 0: logits = logits ?? output
      case 1: probabilities = probabilities ?? output
      default: break
      }
    }
  }

  /// The number of activations between an output and the logits; nil if any other node between them changes a
  /// value or its position.
  private static func activations(
    between output: String, and head: ClassifierHead, as kind: HeadKind, in flow: DataFlow
  ) -> Int? {
    var tensor = output
    var count = 0
    while tensor != head.logits {
      guard let node = flow.graph.producer(of: tensor) else { return nil }
      if let found = ActivationForms(flow: flow).activation(node),
        (found.op == "Sigmoid") == (kind == .sigmoid)
      {
        guard found.derivation == nil else {
          // The logits are the source of this activation.
          return count == 0 && found.derivation == head.derivation && output == head.output ? 1 : nil
        }
        count += 1
        tensor = found.source
      } else if keepsValues(node), let source = node.inputs.first {
        tensor = source
      } else {
        return nil
      }
    }
    return count
  }

  private static func keepsValues(_ node: Node) -> Bool {
    switch node.op {
    case "Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze": true
    case "Cast": floatTypes.contains(node.int("to", default: 0))
    default: false
    }
  }

  /// ONNX's numbers of float32, float16, float64 and bfloat16.
  private static let floatTypes = [1, 10, 11, 16]
}

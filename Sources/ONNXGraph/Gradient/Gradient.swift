/// The gradient of a tensor with respect to another, as nodes of the same operator set: reverse-mode differentiation.
///
/// The supported nodes are those of convolutional classifiers: Conv, BatchNormalization, activations,
/// arithmetic, Concat, pooling, Gemm and MatMul with constant weights, changes of shape, Pad, Softmax and
/// LogSoftmax. Weights are read from the model by name, never copied.
package struct Gradient {
  let model: Model
  /// The static dimensions of the tensors on the way. The first one is the batch, which is dynamic.
  private let shapes: [String: [Int?]]
  private let flow: DataFlow

  /// - Parameters:
  ///   - image: the graph input with respect to which the gradient is computed.
  ///   - shapes: the shapes of all tensors between the image and the differentiated tensor.
  /// - Throws: ``GraphError`` `.unsupported` if the model is not in single precision.
  package init(_ model: Model, image: String, shapes: [String: [Int?]]) throws(GraphError) {
    guard !model.graph.hasOtherPrecision else {
      throw GraphError(
        .unsupported,
        "\(model.name) is not in single precision (float32), which gradients need")
    }
    (self.model, self.shapes) = (model, shapes)
    flow = DataFlow(model.graph, image: image)
  }

  /// The tensors whose shapes are needed to differentiate one with respect to the image.
  package static func tensors(from output: String, in model: Model, image: String) -> [String] {
    let flow = DataFlow(model.graph, image: image)
    return model.graph.ancestors(of: [output]).filter(flow.live.contains).sorted()
  }

  /// Appends the nodes.
  ///
  /// - Parameters:
  ///   - output: the tensor that is differentiated.
  ///   - cotangent: the gradient of a number with respect to the output, in its shape.
  /// - Returns: the gradient of that number with respect to the image, in the image's shape.
  /// - Throws: ``GraphError`` `.unsupported`, naming a node whose gradient cannot be built.
  package func append(of output: String, cotangent: Tensor, to appendix: inout Appendix) throws -> Tensor {
    let needed = model.graph.ancestors(of: [output])
    var cotangents = [output: cotangent]
    for node in model.graph.nodes.reversed()
    where node.outputs.contains(where: needed.contains) && node.outputs.contains(where: flow.live.contains) {
      guard let gradient = cotangents[node.outputs[0]] else { continue }
      for (input, share) in try shares(of: node, gradient) {
        // Appended at once, because an expression through a deep network would be too deep to traverse.
        cotangents[input] = appendix.appended(cotangents[input].map { $0 + share } ?? share)
      }
    }
    guard let gradient = cotangents[flow.image] else {
      throw GraphError(.noSuchTensor, "'\(output)' does not depend on '\(flow.image)'")
    }
    return gradient
  }

  /// The part of the gradient for each of a node's inputs that depend on the image.
  private func shares(of node: Node, _ gradient: Tensor) throws -> [(String, Tensor)] {
    let step = Step(
      node: node, live: flow.liveInputs(node), gradient: gradient, shapes: shapes, model: model)
    guard let rule = Gradient.rules[node.op], node.domain.isEmpty else {
      throw step.unsupported("its gradient is not known")
    }
    return try rule(step)
  }

  typealias Rule = @Sendable (Step) throws -> [(String, Tensor)]

  /// Each family has its own file. `docs/architectures.md` contains the texts.
  static let families: [(name: String, rules: [String: Rule], limits: String)] = [
    ("functions of each value, softmaxes", activations, "softmaxes over the last axis"),
    ("arithmetic", arithmetic, "of tensors of as many axes"),
    (
      "shape and place", layout,
      "Concat not along the batch, and of what depends on the image; Pad by a number"
    ),
    ("weights", linear, "constant ones; Gemm with transA = 0"),
    ("pooling", pooling, "windows of two axes that do not hang over the edge; ReduceMean over constant axes"),
  ]

  /// By operator.
  static let rules: [String: Rule] = families.reduce(into: [:]) {
    $0.merge($1.rules) { first, _ in first }
  }
}

/// One node on the way back.
struct Step {
  let node: Node
  /// The inputs that depend on the image.
  let live: [String]
  /// The gradient with respect to its output.
  let gradient: Tensor
  let shapes: [String: [Int?]]
  let model: Model

  var input: String { node.inputs[0] }
  var output: String { node.outputs[0] }
  /// The first input and the first output.
  var x: Tensor { Tensor(named: input) }
  var y: Tensor { Tensor(named: output) }

  /// A further input; `nil` if it is left out.
  func operand(_ position: Int) -> Tensor? {
    guard node.inputs.count > position, !node.inputs[position].isEmpty else { return nil }
    return Tensor(named: node.inputs[position])
  }

  func unsupported(_ reason: String) -> GraphError {
    GraphError(
      .unsupported,
      "\(model.name): the input's gradient cannot be taken through node '\(node.name)' (\(node.op)): \(reason)"
    )
  }

  /// The dimensions after the batch.
  func sizes(_ tensor: String) throws(GraphError) -> [Int] {
    guard let shape = shapes[tensor] ?? nil, shape.dropFirst().allSatisfy({ $0 != nil }) else {
      throw unsupported("the shape of '\(tensor)' is not fixed")
    }
    return shape.dropFirst().compactMap { $0 }
  }
}

import ONNXGraph
import Engines

/// The shapes of a model's inner tensors for one image, as the engine infers them.
///
/// ONNX files often do not contain shapes, and the rule for blocks needs only those of a few tensors.
package struct TensorShapes: Sendable {
  private let ports: [String: TensorPort]
  /// The batch size that the shapes are for; `nil` if it is dynamic.
  package let batch: Int?

  /// Asks the engine, by declaring the tensors as further outputs of the model. Sequences of tensors are left
  /// out, because the engine does not accept them as outputs.
  package init(
    of tensors: [String], in model: Model, image: Graph.Value, engine: Engine
  ) throws {
    let wanted = Set(tensors).filter { tensor in
      model.graph.producer(of: tensor).map { !Operators.sequence.contains($0.op) } ?? false
    }.sorted()
    let declared = Set(model.graph.outputs.map(\.name))
    var appendix = Appendix(to: model)
    for tensor in wanted where !declared.contains(tensor) { appendix.addOutput(tensor) }
    let input = TensorShapes.ofOneImage(image)
    ports = try engine.outputPorts(
      appendix.appended(to: model), of: model, inputs: input, outputs: wanted)
    batch = input[image.name]?.first
  }

  /// The shape for the image input: a batch of one if it is dynamic, and none if other dimensions are dynamic
  /// too.
  private static func ofOneImage(_ image: Graph.Value) -> [String: [Int]] {
    guard let shape = image.shape, shape.dropFirst().allSatisfy({ $0 != nil }) else { return [:] }
    return [image.name: [shape[0] ?? 1] + shape.dropFirst().compactMap { $0 }]
  }

  package subscript(tensor: String) -> [Int?]? { ports[tensor].flatMap { $0.hasRank ? $0.shape : nil } }

  /// Whether a tensor holds numbers with a norm.
  func isFloatingPoint(_ tensor: String) -> Bool {
    ports[tensor]?.elementType.isFloatingPoint == true
  }

  /// A floating-point tensor's element type, as ONNX names it.
  func elementType(_ tensor: String) -> ElementType {
    switch ports[tensor]?.elementType {
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .float64: .double
    default: .float
    }
  }

  /// Whether a tensor's first axis can be the batch. It may also hold windows and heads of attention, or
  /// tokens.
  func hasOneEntryPerImage(_ tensor: String) -> Bool {
    guard let batch, let first = self[tensor]?.first ?? nil else { return true }
    return first == batch
  }

  /// Whether two tensors agree in all dimensions except the batch, as far as these are known.
  func sameMap(_ first: String, _ second: String) -> Bool {
    guard let first = self[first], let second = self[second] else { return true }
    return first.dropFirst() == second.dropFirst()
  }

  /// Whether a tensor has positions to compute a norm over. If nothing is known, it is assumed to.
  func isFeatureMap(_ tensor: String) -> Bool {
    guard let shape = self[tensor] else { return true }
    switch shape.count {
    case ..<3: return false
    case 3: return shape[1] != 1
    default: return shape.dropFirst().count { $0 == 1 } < shape.count - 2
    }
  }
}

extension Graph {
  /// The tensor in float32.
  ///
  /// A cast directly at the tensor would change where ONNX Runtime rounds within the classifier, and thereby
  /// the classifier's outputs. A cast after an operator that it computes in single precision anyway, such as
  /// Neg, does not.
  package func singlePrecision(_ tensor: String, type: ONNXGraph.ElementType = .float) -> Tensor {
    let own = Tensor(named: tensor)
    return hasOtherPrecision || type != .float ? -(-own).cast(to: .float) : own
  }
}

extension Model {
  /// Whether every possible image input takes whole numbers. Bytes then reach it unchanged, and their scale
  /// is known.
  package var takesIntegerImages: Bool {
    let images = graph.inputs.filter { $0.shape?.count == 4 }
    let integers: [ONNXGraph.ElementType] = [.uint8, .int8, .int32, .int64]
    return !images.isEmpty && images.allSatisfy { integers.contains($0.elementType) }
  }
}

import ONNXGraph
import OpenVINORuntime

/// Shapes of a model's inner tensors as the engine infers them, for one image.
///
/// ONNX files often state none, and the rule for blocks needs only those of a few tensors.
struct TensorShapes: Sendable {
  private let shapes: [String: [Int?]]

  init(_ shapes: [String: [Int?]]) {
    self.shapes = shapes
  }

  /// Asks the engine, by naming the tensors as further outputs of the model.
  init(
    of tensors: [String], in model: Model, image: Graph.Value, engine: Engine
  ) throws {
    let wanted = Set(tensors).filter { model.graph.producer(of: $0) != nil }.sorted()
    let declared = Set(model.graph.outputs.map(\.name))
    var appendix = Appendix(to: model)
    for tensor in wanted where !declared.contains(tensor) { appendix.addOutput(tensor) }
    shapes = try engine.tensorShapes(
      model: appendix.appended(to: model), name: model.name, inputs: TensorShapes.ofOneImage(image),
      outputs: wanted)
  }

  /// The shape to give the image input: a batch of one where it is free, and nothing where more is.
  private static func ofOneImage(_ image: Graph.Value) -> [String: [Int]] {
    guard let shape = image.shape, shape.dropFirst().allSatisfy({ $0 != nil }) else { return [:] }
    return [image.name: [shape[0] ?? 1] + shape.dropFirst().compactMap { $0 }]
  }

  subscript(tensor: String) -> [Int?]? { shapes[tensor] }

  /// Whether two tensors agree in everything but the batch, as far as is known.
  func sameMap(_ first: String, _ second: String) -> Bool {
    guard let first = shapes[first], let second = shapes[second] else { return true }
    return first.dropFirst() == second.dropFirst()
  }

  /// Whether a tensor has positions to take a norm over; taken for granted where nothing is known.
  func isFeatureMap(_ tensor: String) -> Bool {
    guard let shape = shapes[tensor] else { return true }
    switch shape.count {
    case ..<3: return false
    case 3: return shape[1] != 1
    default: return shape.dropFirst().count { $0 == 1 } < shape.count - 2
    }
  }
}

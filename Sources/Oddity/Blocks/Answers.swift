import ONNXGraph
import OpenVINORuntime

/// The heads of a classifier: the one that is taken, and the others that could be.
struct Answers {
  let head: ClassifierHead
  /// Logits of the others.
  let others: [String]

  /// Finds the head that `logits` names, by default the deepest: with most layers with weights on the longest path in
  /// front of it, and of several the first among the outputs. A linear layer goes before depth, and a tensor of the form
  /// of logits before both.
  ///
  /// - Throws: ``OddityError`` `.noHead` where nothing depends on the image; the engine's errors.
  init(of model: Model, _ flow: DataFlow, engine: Engine, image: Graph.Value, logits: String?) throws {
    let depths = LayerDepths(flow)
    if let logits {
      guard flow.live.contains(logits) else {
        throw OddityError(
          .noHead, "--logits '\(logits)' is no tensor that depends on the image '\(image.name)'")
      }
      head = ClassifierHead(behind: logits, in: flow, depths: depths, isNamed: true)
      others = []
      return
    }
    let reached = flow.graph.descendants(of: image.name)
    var heads: [ClassifierHead] = []
    for output in flow.graph.outputs.map(\.name) where reached.contains(output) {
      let found = ClassifierHead(behind: output, in: flow, depths: depths)
      guard flow.live.contains(found.logits), !heads.contains(where: { $0.logits == found.logits }) else {
        continue
      }
      heads.append(found)
    }
    if heads.count > 1 {
      heads = try Self.classifying(heads, in: model, image: image, engine: engine)
    }
    guard
      let deepest = heads.reduce(nil, { best, head in best.map { $0.precedes(head) ? $0 : head } ?? head })
    else {
      throw OddityError(
        .noHead, "no output depends on the image input '\(image.name)': pass --logits NAME or --input NAME")
    }
    head = deepest
    let inFront = flow.ancestors(of: deepest.logits)
    others = heads.filter { $0.features != nil && !inFront.contains($0.logits) }.map(\.logits)
  }

  /// Those whose logits have the form of logits; all where none has.
  private static func classifying(
    _ heads: [ClassifierHead], in model: Model, image: Graph.Value, engine: Engine
  ) throws -> [ClassifierHead] {
    let logits = heads.map(\.logits)
    let known = try model.pruned(to: logits)
    let shapes = try TensorShapes(of: logits, in: known, image: image, engine: engine)
    let classifying = heads.filter { shapes.classes(of: $0.logits) != nil }
    return classifying.isEmpty ? heads : classifying
  }
}

extension ClassifierHead {
  /// Whether it is taken rather than another that comes later among the outputs.
  fileprivate func precedes(_ other: ClassifierHead) -> Bool {
    guard (features != nil) == (other.features != nil) else { return features != nil }
    return depth >= other.depth
  }
}

extension TensorShapes {
  /// C of a tensor [N, C], with or without further axes of length 1, as [N, C, 1, 1]; `nil` for other tensors.
  func classes(of tensor: String) -> Int? {
    guard let dims = self[tensor]?.dropFirst(), !dims.isEmpty, isFloatingPoint(tensor) else { return nil }
    if dims.count == 1 { return dims.first ?? nil }
    let long = dims.filter { $0 != 1 }
    guard long.count <= 1, let classes = long.first ?? 1 else { return nil }
    return classes
  }

  func classCount(_ head: ClassifierHead, of model: Model) throws(OddityError) -> Int {
    guard let classes = classes(of: head.logits) else {
      let shape = self[head.logits]
      let text = shape.map { "[" + $0.map { $0.map(String.init) ?? "?" }.joined(separator: ",") + "]" }
      throw OddityError(
        .noHead,
        "the head of \(model.name) is dynamic or no classifier's: '\(head.logits)' has shape \(text ?? "unknown"), not "
          + "[N, classes] with a fixed number of classes: pass --logits NAME")
    }
    return classes
  }
}

extension Classifier {
  /// A note for a classifier with several heads, of which one was taken; `nil` for any other.
  public var otherHeadsNote: String? {
    guard !otherLogits.isEmpty else { return nil }
    let others = otherLogits.map { "'\($0)'" }.joined(separator: ", ")
    return
      "\(model.name) has several heads: '\(head.logits)' was taken, with \(head.depth) layers with weights in front of it, "
      + "as the deepest, or the first of equals; --logits NAME takes another one: \(others)"
  }
}

extension DataFlow {
  /// Networks whose tensors are integers all through have no maps to measure.
  ///
  /// - Throws: ``OddityError`` `.badModel` naming a node.
  func refuseIntegerOperators(in model: Model) throws(OddityError) {
    let node = graph.nodes.first { node in
      (node.op.hasPrefix("QLinear") || node.op == "QGemm" || node.op == "QAttention")
        && node.outputs.contains(where: live.contains)
    }
    guard let node else { return }
    throw OddityError(
      .badModel,
      "\(model.name) is quantised to integers all through: node '\(node.name)' is a \(node.op); quantise it again in the QDQ "
        + "format (quant_format=QuantFormat.QDQ in ONNX Runtime), which keeps feature maps as real numbers")
  }
}

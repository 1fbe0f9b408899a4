import OddityStatistics
import ONNXGraph
import Engines

/// The heads of a classifier: the chosen one, and the others that could be chosen.
struct Answers {
  let head: ClassifierHead
  /// The logits of the other heads.
  let others: [String]
  /// Why the head was chosen instead of another.
  let choice: HeadChoice

  /// Finds the head that `logits` names, or by default the one of ``HeadChoice``.
  ///
  /// - Throws: ``OddityError`` `.noHead` if nothing depends on the image, or if the answer does not give
  ///   logits; the engine's errors.
  init(of model: Model, _ flow: DataFlow, engine: Engine, image: Graph.Value, logits: String?) throws {
    let depths = LayerDepths(flow)
    if let logits {
      guard flow.live.contains(logits) else {
        throw OddityError(
          .noHead, "\(.logits, "'\(logits)'") is not a tensor that depends on the image '\(image.name)'")
      }
      head = ClassifierHead(behind: logits, in: flow, depths: depths, isNamed: true)
      (others, choice) = ([], .deepest)
      return
    }
    let heads = Self.heads(in: flow, depths: depths)
    try flow.refuseForeignOperators(in: model, before: heads.map(\.logits))
    let isPlain = heads.count == 1 && heads[0].derivation == nil
    let logits = heads.map(\.logits)
    let shapes =
      try isPlain
      ? nil : TensorShapes(of: logits, in: model.pruned(to: logits), image: image, engine: engine)
    guard let chosen = HeadChoice.best(of: heads, shapes: shapes, names: ClassNames.counts(in: model)) else {
      throw OddityError(
        .noHead,
        "no output depends on the image input '\(image.name)': pass \(.logits, "NAME") or \(.input, "NAME")")
    }
    if let obstacle = chosen.head.obstacle { throw obstacle.error(chosen.head.logits, of: model) }
    (head, choice) = (chosen.head, chosen.choice)
    let inFront = flow.ancestors(of: head.logits)
    others = chosen.possible.filter { other in
      (other.features != nil || chosen.head.features == nil) && !inFront.contains(other.logits)
    }.map(\.logits)
  }

  /// One head for each logits tensor that outputs lead back to. If several outputs do, the most informative
  /// one counts.
  private static func heads(in flow: DataFlow, depths: LayerDepths) -> [ClassifierHead] {
    let reached = flow.graph.descendants(of: flow.image)
    var heads: [ClassifierHead] = []
    for output in flow.graph.outputs.map(\.name) where reached.contains(output) {
      let found = ClassifierHead(behind: output, in: flow, depths: depths)
      guard flow.live.contains(found.logits) else { continue }
      guard let known = heads.firstIndex(where: { $0.logits == found.logits }) else {
        heads.append(found)
        continue
      }
      heads[known] = heads[known].joined(with: found)
    }
    return heads
  }
}

extension ClassifierHead {
  /// Combines what two outputs reveal about the same logits.
  fileprivate func joined(with other: ClassifierHead) -> ClassifierHead {
    let tellsMore =
      derivation == nil && other.derivation != nil
      || outputActivation == nil && other.outputActivation != nil
    var joined = tellsMore ? other : self
    joined.decides = decides || other.decides
    return joined
  }
}

extension TensorShapes {
  /// C of a tensor [N, C], with or without further axes of length 1, as [N, C, 1, 1]; 1 for a tensor [N];
  /// `nil` for other tensors.
  func classes(of tensor: String) -> Int? {
    guard let shape = self[tensor], !shape.isEmpty, isFloatingPoint(tensor) else { return nil }
    let dims = shape.dropFirst()
    // [C] remains if a batch of one was squeezed too.
    if dims.isEmpty { return batch == 1 ? shape[0] ?? 1 : 1 }
    guard hasOneEntryPerImage(tensor) else { return nil }
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
        "the head of \(model.name) is not that of a classifier, or its size is dynamic: '\(head.logits)' has "
          + "shape \(text ?? "unknown"), not [N, classes] with a fixed number of classes: pass "
          + "\(.logits, "NAME")")
    }
    // If ONNX Runtime cannot infer a shape, it believes the file, and then refuses the appended nodes.
    if let stated = model.graph.outputs.first(where: { $0.name == head.logits })?.shape, stated.count == 2,
      let count = stated[1], count != classes
    {
      throw OddityError(
        .badModel,
        "\(model.name) declares \(count) values per image for '\(head.logits)', but computes \(classes): "
          + "correct the declared shape, or export the model again")
    }
    return classes
  }
}

extension DataFlow {
  /// Refuses classifiers of scikit-learn after a network. The engine does not support their operators, which
  /// contain the logits.
  ///
  /// - Throws: ``OddityError`` `.noHead`, naming a node.
  fileprivate func refuseForeignOperators(
    in model: Model, before logits: [String]
  ) throws(OddityError) {
    let needed = graph.ancestors(of: logits)
    let node = graph.nodes.first { node in
      node.domain == "ai.onnx.ml" && node.outputs.contains { needed.contains($0) && live.contains($0) }
    }
    guard let node else { return }
    throw OddityError(
      .noHead,
      "the answer of \(model.name) is made by the \(node.op) that writes '\(node.outputs[0])', an operator of ai.onnx.ml that the engine "
        + "does not have: export that classifier as a Gemm, or pass \(.logits, "NAME") of a tensor in front of it"
    )
  }

  /// Refuses networks whose tensors are all integers, because they have no maps to measure.
  ///
  /// - Throws: ``OddityError`` `.badModel`, naming a node.
  func refuseIntegerOperators(in model: Model) throws(OddityError) {
    let node = graph.nodes.first { node in
      (node.op.hasPrefix("QLinear") || node.op == "QGemm" || node.op == "QAttention")
        && node.outputs.contains(where: live.contains)
    }
    guard let node else { return }
    throw OddityError(
      .badModel,
      "\(model.name) is quantised to integers throughout: node '\(node.name)' is a \(node.op); quantise it "
        + "again in the QDQ format (quant_format=QuantFormat.QDQ in ONNX Runtime), which keeps feature maps "
        + "as real numbers")
  }
}

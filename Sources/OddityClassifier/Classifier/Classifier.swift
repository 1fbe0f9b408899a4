import Foundation
import OddityStatistics
import ONNXGraph
import Engines

/// A classifier as Oddity sees it: its image input, the ends of its blocks, and its head.
public struct Classifier: Sendable {
  package let model: Model
  /// The graph input that takes images, [N, C, H, W] or [N, H, W, C].
  package let image: Graph.Value
  public let head: ClassifierHead
  /// Whether the file takes batches, but the guarded model only single images.
  private var isBatchFixed = false
  /// Number of classes: the last dimension of the logits.
  public let classes: Int
  /// The penultimate features; `nil` without a linear layer in front of the logits.
  package let features: PenultimateFeatures?
  /// Logits of other heads that could be chosen too: early exits, auxiliary heads, a second task.
  public let otherLogits: [String]
  /// Why the head was chosen instead of one of these.
  let headChoice: HeadChoice
  /// The candidates for selection, in the order of the forward pass.
  public let blocks: [Block]
  /// Layers before the first residual block, which are shown but never selected.
  public let stem: [Block]
  /// The last feature map; `nil` if none is averaged before the head.
  package let pooledMap: PooledMap?

  /// The model that the engine runs, without inputs that the decision does not depend on.
  package let engineModel: Model
  package let flow: DataFlow
  /// The multiply-accumulates of one image's forward pass to the logits; nil if a relevant shape is unknown.
  package let multiplyAccumulates: Double?
  let axes: ChannelAxes
  private let shapes: TensorShapes

  /// The shapes of all tensors between image and logits, computed when a gradient needs them.
  package private(set) var allShapes: TensorShapes?

  /// A note if only the guarded model is limited to single images; nil if the classifier is too, or neither
  /// is.
  package var batchNote: String? {
    guard isBatchFixed else { return nil }
    return
      "the guarded model takes one image at a time, although \(model.name) takes batches: the network "
      + "derives a scale or a decision from the whole batch, as dynamic quantisation does, so an image's "
      + "answer would depend on its neighbours; to have batches, guard the network before quantisation"
  }

  /// The same classifier, with all shapes known.
  package func withAllShapes(engine: Engine) throws -> Classifier {
    var known = self
    known.allShapes = try TensorShapes(
      of: Gradient.tensors(from: head.logits, in: engineModel, image: image.name), in: engineModel,
      image: image,
      engine: engine)
    return known
  }

  /// Number of penultimate features; `nil` without a linear layer in front of the logits.
  public var featureCount: Int? { features?.count }

  /// The form of the logits in the file.
  package var logitForm: LogitTensor {
    LogitTensor(
      tensor: head.logits, classes: classes,
      dims: shapes[head.logits]?.dropFirst().map { $0 ?? 1 } ?? [classes],
      type: model.graph.hasOtherPrecision ? .float16 : shapes.elementType(head.logits))
  }

  /// Finds image, head and blocks of a model.
  ///
  /// - Parameters:
  ///   - input: the image input's name, needed if several inputs have four dimensions.
  ///   - logits: the logits' name, if they are not found from the outputs.
  ///   - tensors: further tensors that ``block(_:)`` may be called with.
  /// - Throws: ``OddityError`` if there is no image input or no head, or if a node cannot be trusted; the
  ///   engine's errors.
  package init(
    _ model: Model, engine: Engine, input: String? = nil, logits: String? = nil, tensors: [String] = []
  ) throws {
    let imageName = try model.imageInput(named: input).name
    let isFree = try model.imageInput(named: imageName).shape?.first == .some(nil)
    let model = try model.keepingImagesApart(DataFlow(model.graph, image: imageName))
    let image = try model.imageInput(named: imageName)
    do {
      // ONNX Runtime accepts wide kernels, but the guarded model must also run on other engines.
      if engine.name != .openvino, try model.hasWidePool(image: image, engine: engine) {
        throw EngineError(.modelRejected, "\(model.name) has a pool wider than its map")
      }
      self = try Classifier(reading: model, image: image, engine: engine, logits: logits, tensors: tensors)
    } catch let error as EngineError
      where error.code == .inferenceFailed && engine.isOnProcessor && !error.isOutOfMemory
    {
      // ONNX Runtime computes an image to learn the shapes.
      throw OddityError(
        .badModel, "\(model.name) fails even on a single image: export it again (\(error.message))")
    } catch let error as EngineError where [.modelRejected, .shapeMismatch].contains(error.code) {
      guard let narrowed = try model.narrowingPools(image: image, engine: engine) else {
        throw error.explained(by: DataFlow(model.graph, image: image.name), in: model)
      }
      self = try Classifier(reading: narrowed, image: image, engine: engine, logits: logits, tensors: tensors)
    }
    isBatchFixed = isFree && image.shape?.first == .some(1)
  }

  /// The same for a file.
  ///
  /// - Throws: also ``GraphError`` for a file that is not an ONNX model.
  public init(contentsOf file: URL, engine: Engine, input: String? = nil, logits: String? = nil) throws {
    try self.init(Model(contentsOf: file), engine: engine, input: input, logits: logits)
  }

  private init(
    reading original: Model, image: Graph.Value, engine: Engine, logits: String?, tensors: [String]
  ) throws {
    let answers = try Answers(
      of: original, DataFlow(original.graph, image: image.name), engine: engine, image: image, logits: logits)
    let (model, head) = try original.holding(logitsOf: answers.head, image: image, engine: engine)
    let flow = DataFlow(model.graph, image: image.name)
    try model.refuseNaN(before: [head.logits])
    try model.refuseUnsoundNodes(before: [head.logits], flow: flow, engine: engine)
    let named = tensors.filter(flow.live.contains)
    let engineModel = try model.dependingOn(image, logits: head.logits, and: named)
    let plain = flow.withoutPassThrough()
    try plain.refuseIntegerOperators(in: model)
    let links = plain.links(to: flow.source(of: head.features ?? head.logits))
    let axes = ChannelAxes(flow)
    let shapes = try TensorShapes(
      of: links.map(\.to) + MultiplyAccumulates.tensors(for: plain, to: flow.source(of: head.logits)) + named
        + [head.logits, answers.head.logits, head.features, head.layer, head.pooling].compactMap { $0 },
      in: engineModel, image: image, engine: engine)
    multiplyAccumulates =
      MultiplyAccumulates(plain, to: flow.source(of: head.logits), shapes: shapes).total
    let found = BlockFinder(
      flow: plain, axes: axes, shapes: shapes, logits: flow.source(of: head.logits), links: links
    ).find()
    self.model = model
    self.engineModel = engineModel
    self.image = image
    (otherLogits, headChoice) = (answers.others, answers.choice)
    self.flow = flow
    self.axes = axes
    self.shapes = shapes
    let classes = try shapes.classCount(head, of: model)
    try shapes.checkSoftmax(answers.head, classes: classes, of: model)
    self.classes = classes
    features = PenultimateFeatures(head, classes: classes, shapes: shapes, in: flow)
    self.head = head
    blocks = found.blocks
    stem = found.stem
    pooledMap =
      features?.averagedMap(axes: axes, shapes: shapes, isLinear: head.isLinear)
      ?? PooledMap(links, axes: axes, shapes: shapes)
  }

  /// The inputs of the last linear layer, including its constants; empty if there is none.
  package var layerInputs: [String] { head.layer.flatMap { model.graph.producer(of: $0)?.inputs } ?? [] }

  /// The bytes of the constants that lead to the logits.
  package var weightBytes: Double {
    let graph = engineModel.graph
    return graph.ancestors(of: [head.logits]).reduce(0) { $0 + graph.bytes(ofConstant: $1) }
  }

  /// The block that a user names: by its index, or any tensor that is a feature map.
  ///
  /// - Throws: ``OddityError`` with the names that exist.
  public func block(_ name: String) throws(OddityError) -> Block { try block(name, of: .block) }

  /// - Parameter setting: the setting with which the user named it.
  package func block(_ name: String, of setting: Setting) throws(OddityError) -> Block {
    let index = Int(name)
    if let index, blocks.indices.contains(index) { return blocks[index] }
    if let known = (blocks + stem).first(where: { $0.tensor == name }) { return known }
    // PyTorch's older exports use numbers as names of tensors, so a number that is not an index may be a
    // name.
    guard flow.live.contains(name) else {
      if index != nil, !blocks.isEmpty {
        throw OddityError(.usage, "\(setting, name): there are blocks 0 to \(blocks.count - 1)")
      }
      throw OddityError(
        .usage,
        "\(setting, "'\(name)'"): \(model.name) has no such tensor that depends on the image; \(.blocks) lists "
          + "its blocks, and \(.featureMaps) all its feature maps")
    }
    guard let block = Block(tensor: name, axes: axes, shapes: shapes) else {
      throw OddityError(
        .usage, "\(setting, "'\(name)'") is no feature map of the form [N,C,H,W], [N,H,W,C] or [N,T,C]")
    }
    return block
  }
}

extension Model {
  /// The model without the nodes after the logits, which the engine may not support (ZipMap), and without its
  /// other inputs, which the decision must not depend on.
  ///
  /// - Parameter tensors: further tensors to keep.
  func dependingOn(_ image: Graph.Value, logits: String, and tensors: [String] = []) throws -> Model {
    let needed = graph.ancestors(of: [logits])
    let others = graph.inputs.map(\.name).filter { $0 != image.name && needed.contains($0) }
    guard others.isEmpty else {
      throw OddityError(
        .badModel,
        "\(name): the logits '\(logits)' depend not only on the image '\(image.name)', but also on "
          + others.map { "'\($0)'" }.joined(separator: ", ")
          + "; export the network without these inputs, or with constant values for them, or pass "
          + "\(.logits, "NAME") of a tensor that does not depend on them"
      )
    }
    let isWhole =
      graph.inputs.count == 1 && graph.outputs.map(\.name) == [logits]
      && graph.nodes.allSatisfy { $0.outputs.contains(where: needed.contains) }
    return isWhole ? self : try pruned(to: [logits] + tensors.filter { $0 != logits })
  }

  /// The image input: the one with four dimensions, or the one that is named.
  fileprivate func imageInput(named wanted: String?) throws(OddityError) -> Graph.Value {
    let input = try chosenInput(named: wanted)
    let sides = (input.shape ?? []).compactMap { $0 }
    guard sides.reduce(1, { $0 * Double($1) }) <= Self.mostValues else {
      throw OddityError(
        .badModel,
        "\(name) takes inputs of \(sides.map(String.init).joined(separator: "×")) values, too large for any "
          + "memory: export it again with a dynamic batch dimension")
    }
    return input
  }

  /// Of an input, 4 GiB.
  private static let mostValues = Double(1 << 30)

  private func chosenInput(named wanted: String?) throws(OddityError) -> Graph.Value {
    let listed = graph.inputs.map { "'\($0.name)'" }.joined(separator: ", ")
    if let wanted {
      guard let input = graph.inputs.first(where: { $0.name == wanted }) else {
        throw OddityError(.usage, "\(.input, "'\(wanted)'"): the inputs of \(name) are \(listed)")
      }
      return input
    }
    let used = graph.ancestors(of: graph.outputs.map(\.name))
    let all = graph.inputs.filter { $0.shape?.count == 4 }
    // An input that no output depends on is a remnant, so it does not count.
    let images = all.count > 1 ? all.filter { used.contains($0.name) } : all
    guard let image = images.first else {
      throw OddityError(
        .badModel, "\(name) has no image input of four dimensions (its inputs are \(listed))")
    }
    guard images.count == 1 else {
      throw OddityError(.badModel, "\(name) has several image inputs (\(listed)): pass \(.input, "NAME")")
    }
    return image
  }
}

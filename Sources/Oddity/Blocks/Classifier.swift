import ONNXGraph
import OpenVINORuntime

/// A classifier as Oddity sees it: where the image goes in, where blocks end, where the decision falls.
public struct Classifier: Sendable {
  public let model: Model
  /// The graph input that takes images, [N, C, H, W] or [N, H, W, C].
  public let image: Graph.Value
  public let head: ClassifierHead
  /// Number of classes: the last dimension of the logits.
  public let classes: Int
  /// Number of penultimate features; `nil` without a linear head.
  public let featureCount: Int?
  /// The candidates for selection, in the order of the forward pass.
  public let blocks: [Block]
  /// Layers in front of the first residual block: shown, never selected.
  public let stem: [Block]
  /// The last feature map; `nil` where none is averaged before the head.
  let pooledMap: PooledMap?

  /// The model as the engine runs it: without inputs that the decision does not depend on.
  let engineModel: Model
  let flow: DataFlow
  let axes: ChannelAxes
  private let shapes: TensorShapes

  /// Shapes of all tensors between image and logits, asked for when a gradient needs them.
  private(set) var allShapes: TensorShapes?

  /// The same classifier, with all shapes known.
  func withAllShapes(engine: Engine) throws -> Classifier {
    var known = self
    known.allShapes = try TensorShapes(
      of: Gradient.tensors(from: head.logits, in: engineModel, image: image.name), in: engineModel,
      image: image,
      engine: engine)
    return known
  }

  /// How many dimensions the penultimate features have in the file: 2, or 4 before a 1×1 convolution.
  var featureRank: Int { head.features.flatMap { shapes[$0]?.count } ?? 2 }
  /// Their element type.
  var featureType: ONNXGraph.ElementType { head.features.map { shapes.elementType($0) } ?? .float }

  /// Finds image, head and blocks of a model.
  ///
  /// - Parameters:
  ///   - input: the image input's name, needed where several inputs have four dimensions.
  ///   - logits: the logits' name, where they are not found from the outputs.
  ///   - tensors: further tensors that may be asked for by ``block(_:)``.
  /// - Throws: ``OddityError`` where there is no image input or no head, or a node that cannot be trusted; the engine's
  ///   errors.
  public init(
    _ model: Model, engine: Engine, input: String? = nil, logits: String? = nil, tensors: [String] = []
  ) throws {
    let imageName = try model.imageInput(named: input).name
    let model = try model.keepingImagesApart(DataFlow(model.graph, image: imageName))
    let image = try model.imageInput(named: imageName)
    let flow = DataFlow(model.graph, image: image.name)
    if let logits, !flow.live.contains(logits) {
      throw OddityError(
        .noHead, "--logits '\(logits)' is no tensor that depends on the image '\(image.name)'")
    }
    let head = try ClassifierHead.find(in: flow, output: logits)
    try model.refuseUnsoundNodes(before: [head.logits], flow: flow)
    let engineModel = try model.dependingOn(image, logits: head.logits)
    let links = flow.links(to: head.features ?? head.logits)
    let axes = ChannelAxes(flow)
    let shapes = try TensorShapes(
      of: links.map(\.to) + MultiplyAccumulates.tensors(for: flow) + tensors.filter(flow.live.contains)
        + [head.logits] + [head.features].compactMap { $0 },
      in: engineModel, image: image, engine: engine)
    let found = BlockFinder(flow: flow, axes: axes, shapes: shapes, links: links).find()
    self.model = model
    self.engineModel = engineModel
    self.image = image
    self.head = head
    self.flow = flow
    self.axes = axes
    self.shapes = shapes
    classes = try shapes.classCount(head, of: model)
    featureCount = head.features.flatMap { shapes[$0]?.dropFirst().first ?? nil }
    blocks = found.blocks
    stem = found.stem
    pooledMap = PooledMap(links, axes: axes, shapes: shapes)
  }

  /// The block that a user names: an index, or else any tensor that is a feature map.
  ///
  /// - Throws: ``OddityError`` naming what there is.
  public func block(_ name: String) throws(OddityError) -> Block {
    let index = Int(name)
    if let index, blocks.indices.contains(index) { return blocks[index] }
    if let known = (blocks + stem).first(where: { $0.tensor == name }) { return known }
    // PyTorch's older exports call tensors by numbers, so a number that is no index may be a name.
    guard flow.live.contains(name) else {
      if index != nil, !blocks.isEmpty {
        throw OddityError(.usage, "--block \(name): there are blocks 0 to \(blocks.count - 1)")
      }
      throw OddityError(
        .usage,
        "--block '\(name)': \(model.name) has no such tensor that depends on the image; 'oddity blocks' lists "
          + "its blocks, and all its feature maps with --all-tensors")
    }
    guard let block = Block(tensor: name, axes: axes, shapes: shapes) else {
      throw OddityError(
        .usage, "--block '\(name)' is no feature map of the form [N,C,H,W], [N,H,W,C] or [N,T,C]")
    }
    return block
  }
}

extension Model {
  /// The model less its other inputs, which the decision must not depend on.
  fileprivate func dependingOn(_ image: Graph.Value, logits: String) throws -> Model {
    guard graph.inputs.count > 1 else { return self }
    let needed = graph.ancestors(of: [logits])
    let others = graph.inputs.map(\.name).filter { $0 != image.name && needed.contains($0) }
    guard others.isEmpty else {
      throw OddityError(
        .badModel,
        "\(name): the logits '\(logits)' depend on more than the image '\(image.name)': on "
          + others.map { "'\($0)'" }.joined(separator: ", ")
          + "; pass --logits NAME of a tensor that does not")
    }
    return try pruned(to: [logits])
  }

  /// The input that takes images: the one of four dimensions, or the one named.
  fileprivate func imageInput(named wanted: String?) throws(OddityError) -> Graph.Value {
    let listed = graph.inputs.map { "'\($0.name)'" }.joined(separator: ", ")
    if let wanted {
      guard let input = graph.inputs.first(where: { $0.name == wanted }) else {
        throw OddityError(.usage, "--input '\(wanted)': the inputs of \(name) are \(listed)")
      }
      return input
    }
    let images = graph.inputs.filter { $0.shape?.count == 4 }
    guard let image = images.first else {
      throw OddityError(
        .badModel, "\(name) has no image input of four dimensions (its inputs are \(listed))")
    }
    guard images.count == 1 else {
      throw OddityError(.badModel, "\(name) has several image inputs (\(listed)): pass --input NAME")
    }
    return image
  }
}

extension TensorShapes {
  fileprivate func classCount(_ head: ClassifierHead, of model: Model) throws(OddityError) -> Int {
    let shape = self[head.logits]
    guard let shape, shape.count == 2, let classes = shape[1] else {
      let text = shape.map { "[" + $0.map { $0.map(String.init) ?? "?" }.joined(separator: ",") + "]" }
      throw OddityError(
        .noHead,
        "the head of \(model.name) is dynamic or no classifier's: '\(head.logits)' has shape \(text ?? "unknown"), not "
          + "[N, classes] with a fixed number of classes: pass --logits NAME")
    }
    return classes
  }
}

import ONNXGraph

/// The head of a classifier: its logits and, if the logits are linear in them, the penultimate features `z`
/// with `logits = Wz + b`.
public struct ClassifierHead: Sendable, Equatable {
  /// The tensor of the logits, [N, C] or with further axes of length 1, before any softmax.
  public internal(set) var logits: String
  /// The tensor of the penultimate features, which is the last linear layer's input; `nil` without one. A
  /// feature map is averaged over its positions.
  public let features: String?
  /// Whether `logits = Wz + b` with z the features themselves. This is false if an activation comes between
  /// the linear layer and an average over positions (SqueezeNet).
  public let isLinear: Bool
  /// The operator that turns the logits into probabilities, such as `Softmax`.
  public let outputActivation: String?

  /// How the real logits are computed from `logits`; `nil` if they are equal.
  let derivation: LogitDerivation?
  /// The node because of which the tensor does not hold logits.
  let obstacle: AnswerObstacle?
  /// The axis of the softmax after the logits, as the file states it; `nil` without one.
  let softmaxAxis: Int?
  /// Whether the nodes after the logits decide for one of several classes.
  var decides: Bool
  /// The output of the graph from which the head was found.
  let output: String
  /// The number of layers with weights on the longest path from the image to the logits. The deepest head is
  /// that of the classifier.
  let depth: Int
  /// The output of the linear layer; `nil` if there are several, or none.
  let layer: String?
  /// The output of a pooling between it and the logits.
  let pooling: String?
  /// Whether the logits are only some outputs of the linear layer, for one of several heads.
  let selectsClasses: Bool
}

extension ClassifierHead {
  /// The head that an output leads back to.
  ///
  /// - Parameter isNamed: whether a user named the tensor, so that an activation at its end belongs to it.
  init(behind output: String, in flow: DataFlow, depths: LayerDepths, isNamed: Bool = false) {
    let answer = AnswerWalk(flow, from: output, isNamed: isNamed)
    var walk = HeadWalk(flow, from: answer.logits, meansActivation: isNamed || answer.activation != nil)
    let layer = walk.findLayer()
    let features = layer?.source ?? walk.sharedFeatures()
    logits = features != nil ? walk.logits : answer.logits
    self.features = features
    isLinear = features != nil && !walk.activated
    outputActivation = answer.activation?.op ?? (answer.isCompared ? "Sigmoid" : nil)
    derivation = answer.derivation
    obstacle =
      isNamed || answer.activation != nil ? nil : AnswerObstacle(behind: answer.logits, in: flow)
    softmaxAxis = answer.activation?.axis
    decides = answer.decides
    self.output = output
    depth = depths[logits]
    self.layer = layer?.node.outputs[0]
    pooling = layer != nil ? walk.pooling : nil
    selectsClasses = layer != nil && walk.selectsClasses
  }
}

/// The number of layers with weights on the longest path from the image to each tensor. Depth is counted in
/// the graph, because branches can be in any order in a file.
struct LayerDepths {
  private var depths: [String: Int] = [:]

  init(_ flow: DataFlow) {
    for node in flow.graph.nodes {
      let live = flow.liveInputs(node)
      guard let deepest = live.map({ depths[$0, default: 0] }).max() else { continue }
      let isLayer =
        Operators.matrixProduct.contains(node.op) || Operators.convolution.contains(node.op)
        || Operators.attention.contains(node.op)
      for output in node.outputs { depths[output] = deepest + (isLayer ? 1 : 0) }
    }
  }

  subscript(tensor: String) -> Int { depths[tensor, default: 0] }
}

/// The walk from the logits back to the linear layer, through linear nodes: a bias, a scale, an average over
/// positions.
private struct HeadWalk {
  let flow: DataFlow
  /// Whether an activation directly before the logits belongs to them. It does if a softmax reads it, or if a
  /// user named it.
  let meansActivation: Bool
  private var tensor: String
  private(set) var logits: String
  private(set) var pooling: String?
  /// Whether an activation comes between the linear layer and the logits.
  private(set) var activated = false
  private(set) var selectsClasses = false
  private var isBehindAll = true

  init(_ flow: DataFlow, from logits: String, meansActivation: Bool) {
    (self.flow, self.meansActivation) = (flow, meansActivation)
    (tensor, self.logits) = (logits, logits)
  }

  /// The linear layer; `nil` if other operators come before the logits.
  mutating func findLayer() -> LinearLayer? {
    while let node = flow.graph.producer(of: tensor) {
      if let layer = LinearLayer(node, in: flow) { return layer }
      guard step(over: node) else { return nil }
    }
    return nil
  }

  private mutating func step(over node: Node) -> Bool {
    let live = flow.liveInputs(node)
    guard live.count == 1 else { return false }
    if Operators.passThrough.contains(node.op) || Operators.layout.contains(node.op) {
      tensor = live[0]
      return true
    }
    if ["Relu", "Clip"].contains(node.op) {
      let bounds = node.op == "Clip" ? ClipBounds(node, in: flow.graph) : nil
      // At the very end, a ReLU is not a part of the logits. A network that was trained with such an end
      // ranks its classes by the values before it.
      guard isBehindAll || pooling != nil || bounds?.bindsNothing == true else { return false }
      if isBehindAll, !meansActivation, bounds?.isRelu ?? true {
        logits = live[0]
      } else if bounds?.bindsNothing != true {
        activated = true
      }
    } else if ["GlobalAveragePool", "AveragePool", "ReduceMean"].contains(node.op), pooling == nil {
      pooling = node.outputs[0]
    } else if ["Split", "Slice"].contains(node.op), pooling == nil {
      selectsClasses = true
    } else if !AffineOperators.isAffine(node, in: flow) {
      return false
    }
    isBehindAll = false
    tensor = live[0]
    return true
  }

  /// The tensor that several linear layers read whose outputs are averaged, as in LeViT's two heads.
  func sharedFeatures() -> String? {
    guard pooling == nil else { return nil }
    let plain = flow.withoutPassThrough()
    guard let link = plain.links(to: flow.source(of: tensor)).last, link.isMerge,
      link.nodes.allSatisfy({ AffineOperators.isAffine($0, in: plain) }),
      link.nodes.contains(where: { LinearLayer($0, in: plain) != nil })
    else { return nil }
    return link.from
  }
}

/// The layer that computes logits from features.
struct LinearLayer {
  let node: Node
  /// Its input. If the input is quantised by the range of each image, it is the tensor before that.
  let source: String

  init?(_ node: Node, in flow: DataFlow) {
    let live = flow.liveInputs(node)
    guard live.count == 1, node.inputs.first == live[0] else { return nil }
    switch node.op {
    case "Gemm", "MatMul", "MatMulInteger": break
    case "Conv", "ConvInteger":
      guard node.int("group", default: 1) == 1 else { return nil }
    default: return nil
    }
    self.node = node
    let isDynamic = flow.graph.producer(of: live[0])?.op == "DynamicQuantizeLinear"
    source = isDynamic ? flow.source(of: live[0]) : live[0]
  }
}

/// Operators whose outputs are sums of multiples of their inputs.
enum AffineOperators {
  /// These are affine if all inputs but one are constants.
  static let withConstant: Set = ["Add", "Sub", "Mul", "Div", "Sum", "Mean", "Neg", "BatchNormalization"]
  private static let ofSeveral: Set = ["Add", "Sub", "Sum", "Mean"]

  static func isAffine(_ node: Node, in flow: DataFlow) -> Bool {
    if LinearLayer(node, in: flow) != nil || ofSeveral.contains(node.op) { return true }
    guard flow.liveInputs(node).count == 1 else { return false }
    if node.op == "Div" { return flow.live.contains(node.inputs[0]) }
    return withConstant.contains(node.op) || Operators.layout.contains(node.op)
  }
}

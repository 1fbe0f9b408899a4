import ONNXGraph

/// Where a classifier's decision is made: its logits and, if they are linear in them, the penultimate
/// features `z` with `logits = Wz + b`.
public struct ClassifierHead: Sendable, Equatable {
  /// The tensor of the logits, [N, C] or with further axes of length 1: before any softmax.
  public internal(set) var logits: String
  /// The tensor of the penultimate features, the last linear layer's input; `nil` without one. A feature map is
  /// averaged over its positions.
  public let features: String?
  /// Whether `logits = Wz + b` with z the features themselves: not where an activation stands between the linear
  /// layer and an average over positions (SqueezeNet).
  public let isLinear: Bool
  /// The operator that makes probabilities of the logits, such as `Softmax`.
  public let outputActivation: String?

  /// What has to be made of `logits` to have the logits in fact; `nil` where nothing is.
  let derivation: LogitDerivation?
  /// The node because of which the logits are none.
  let obstacle: AnswerObstacle?
  /// The axis that the softmax behind the logits is taken over, as the file states it; `nil` without one.
  let softmaxAxis: Int?
  /// Whether one class of several is decided for behind the logits.
  var decides: Bool
  /// The graph's output that the head was found behind.
  let output: String
  /// How many layers with weights the longest path from the image to the logits has; the deepest head is the
  /// classifier's.
  let depth: Int
  /// What the linear layer writes; `nil` where there are several, or none.
  let layer: String?
  /// What a pooling between it and the logits writes.
  let pooling: String?
  /// Whether the logits are some of what the linear layer writes: those of one of several heads.
  let selectsClasses: Bool
}

extension ClassifierHead {
  /// The head that an output leads back to.
  ///
  /// - Parameter isNamed: whether a user named the tensor, so that an activation at its end is meant.
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

/// How many layers with weights the longest path from the image to each tensor has: depth is counted in the graph,
/// since files have branches in any order.
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

/// The walk from the logits back to the linear layer, over what is linear itself: a bias, a scale, an average over
/// positions.
private struct HeadWalk {
  let flow: DataFlow
  /// Whether an activation right in front of the logits is part of them: where a softmax reads what it gives.
  let meansActivation: Bool
  private var tensor: String
  private(set) var logits: String
  private(set) var pooling: String?
  /// Whether an activation stands between the linear layer and the logits.
  private(set) var activated = false
  private(set) var selectsClasses = false
  private var isBehindAll = true

  init(_ flow: DataFlow, from logits: String, meansActivation: Bool) {
    (self.flow, self.meansActivation) = (flow, meansActivation)
    (tensor, self.logits) = (logits, logits)
  }

  /// The linear layer; `nil` where other operators stand in front of the logits.
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
      // Behind all else a ReLU is no part of the logits: a network that was trained with such an end ranks its classes by
      // what stands in front of it.
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

  /// The tensor that several linear layers read whose answers are averaged, as those of LeViT's two heads.
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

/// The layer that makes logits of features.
struct LinearLayer {
  let node: Node
  /// What it takes: before it is quantised, where that happens by each image's own range.
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

/// Operators that give sums of multiples of what they take.
enum AffineOperators {
  /// These are affine with constants beside one tensor.
  static let withConstant: Set = ["Add", "Sub", "Mul", "Div", "Sum", "Mean", "Neg", "BatchNormalization"]
  private static let ofSeveral: Set = ["Add", "Sub", "Sum", "Mean"]

  static func isAffine(_ node: Node, in flow: DataFlow) -> Bool {
    if LinearLayer(node, in: flow) != nil || ofSeveral.contains(node.op) { return true }
    guard flow.liveInputs(node).count == 1 else { return false }
    if node.op == "Div" { return flow.live.contains(node.inputs[0]) }
    return withConstant.contains(node.op) || Operators.layout.contains(node.op)
  }
}

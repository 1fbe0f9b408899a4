import ONNXGraph
import Engines

extension Classifier {
  /// Every feature map on the way to the logits, in the order of the forward pass. ``block(_:)`` accepts each
  /// of them instead of a block of the rule.
  ///
  /// The list contains outputs of nodes with shape [N, C, H, W], [N, H, W, C] or [N, T, C] and floating-point
  /// numbers, if nearby weights tell which axis holds channels. Maps inside of attention are not included. If
  /// a map is a block, it has an index. `flopsShare` is the share of arithmetic since the previous map.
  ///
  /// - Throws: the engine's errors.
  public func featureMaps(engine: Engine) throws -> [Block] {
    let needed = flow.ancestors(of: head.logits)
    let nodes = flow.graph.nodes.filter { $0.outputs.contains(where: needed.contains) }
    let tensors = nodes.flatMap(\.outputs).filter(needed.contains)
    let shapes = try TensorShapes(
      of: tensors + MultiplyAccumulates.tensors(for: flow, to: head.logits), in: engineModel, image: image,
      engine: engine)
    let counter = MultiplyAccumulates(flow, to: head.logits, shapes: shapes)
    let indices = Dictionary(uniqueKeysWithValues: blocks.map { ($0.tensor, $0.index) })
    var maps: [Block] = []
    var sinceLast: [Node] = []
    for node in nodes {
      sinceLast.append(node)
      for tensor in node.outputs where needed.contains(tensor) {
        guard tellsChannels(of: tensor, shapes: shapes),
          var map = Block(
            tensor: tensor, axes: axes, shapes: shapes, flopsShare: counter.share(of: sinceLast))
        else { continue }
        map.index = indices[tensor] ?? nil
        maps.append(map)
        sinceLast = []
      }
    }
    return maps
  }

  /// For blocks of rank 3, channels are assumed to be last. For inner tensors this must be known.
  private func tellsChannels(of tensor: String, shapes: TensorShapes) -> Bool {
    shapes[tensor]?.count != 3 || axes[tensor] == ChannelAxes.last || axes[tensor] == 2
  }
}

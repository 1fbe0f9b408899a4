import ONNXGraph
import Engines

extension Classifier {
  /// Every feature map on the way to the logits, in the order of the forward pass: what ``block(_:)`` can be asked
  /// for in place of a block of the rule.
  ///
  /// Listed are the nodes' outputs [N, C, H, W], [N, H, W, C] and [N, T, C] of floating-point numbers, where the
  /// weights around it tell which axis holds channels: not what attention makes of a map on the inside. A map that is
  /// a block has its index. `flopsShare` is the share spent since the map before.
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

  /// Of rank 3 a block's channels are taken to be last; of inner tensors that has to be known.
  private func tellsChannels(of tensor: String, shapes: TensorShapes) -> Bool {
    shapes[tensor]?.count != 3 || axes[tensor] == ChannelAxes.last || axes[tensor] == 2
  }
}

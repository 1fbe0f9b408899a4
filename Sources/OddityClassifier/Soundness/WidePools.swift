import OddityStatistics
import ONNXGraph
import Engines

extension Model {
  /// The model with kernels of pools that are not wider than their padded maps. The values are the same, but
  /// OpenVINO computes none if a kernel is wider. `nil` if there is no such pool.
  ///
  /// Some converters write a kernel that is meant for larger images. ONNX Runtime ends it at the end of the
  /// map.
  ///
  /// - Throws: ``OddityError`` `.badModel`, naming a pool whose result is empty for so small a map, or
  ///   differs between runtimes; ``GraphError`` if the model is too large to be edited.
  func narrowingPools(image: Graph.Value, engine: Engine) throws -> Model? {
    let live = DataFlow(graph, image: image.name).live
    var model = self
    var isChanged = false
    for node in graph.nodes where WidePool.operators.contains(node.op) && node.domain.isEmpty {
      guard let input = node.inputs.first, live.contains(input),
        let map = try model.map(input, image: image, engine: engine),
        let kernel = try WidePool(node: node, map: map).kernel(in: name)
      else { continue }
      model = try model.settingKernels([node.outputs[0]: kernel])
      isChanged = true
    }
    return isChanged ? model : nil
  }

  /// Whether a kernel is wider than its padded map, as far as shapes are known.
  func hasWidePool(image: Graph.Value, engine: Engine) throws -> Bool {
    let live = DataFlow(graph, image: image.name).live
    let pools = graph.nodes.filter {
      WidePool.operators.contains($0.op) && $0.domain.isEmpty && $0.inputs.first.map(live.contains) == true
    }
    let maps = pools.map { $0.inputs[0] }
    guard !pools.isEmpty, let shapes = try? TensorShapes(of: maps, in: self, image: image, engine: engine)
    else { return false }
    return try pools.contains { pool in
      let map = pool.inputs[0]
      guard let sizes = Self.sizes(map == image.name ? image.shape : shapes[map]) else { return false }
      return try WidePool(node: pool, map: sizes).kernel(in: name) != nil
    }
  }

  /// Height and width of a tensor; `nil` if they are dynamic, or unknown to the engine.
  private func map(_ tensor: String, image: Graph.Value, engine: Engine) throws -> [Int]? {
    let shape =
      tensor == image.name
      ? image.shape
      : try? TensorShapes(of: [tensor], in: pruned(to: [tensor]), image: image, engine: engine)[tensor]
    return Self.sizes(shape)
  }

  private static func sizes(_ shape: [Int?]?) -> [Int]? {
    guard let sizes = shape?.dropFirst(2).compactMap({ $0 }), sizes.count == (shape?.count ?? 0) - 2 else {
      return nil
    }
    return sizes
  }
}

/// A pool and its input map.
private struct WidePool {
  static let operators: Set = ["MaxPool", "AveragePool", "LpPool"]

  let node: Node
  let map: [Int]

  /// A kernel that ends at the padded map; `nil` if the node's own kernel does.
  func kernel(in model: String) throws(OddityError) -> [Int]? {
    guard let own = node.ints("kernel_shape"), own.count == map.count, !isSame else { return nil }
    let pads = node.ints("pads") ?? Array(repeating: 0, count: 2 * map.count)
    let strides = node.ints("strides") ?? map.map { _ in 1 }
    let dilations = node.ints("dilations") ?? map.map { _ in 1 }
    guard pads.count == 2 * map.count, strides.count == map.count, dilations.count == map.count else {
      return nil
    }
    var kernel = own
    for axis in map.indices {
      let size = map[axis] + pads[axis] + pads[map.count + axis]
      let overhang = (own[axis] - 1) * dilations[axis] + 1 - size
      guard overhang > 0 else { continue }
      guard overhang < strides[axis] else {
        throw complaint(
          own, "so nothing is left of the map: use the image size that the network was made for", model)
      }
      kernel[axis] = (size - 1) / dilations[axis] + 1
    }
    guard kernel != own else { return nil }
    // Some runtimes divide its mean by the whole kernel, others by the part inside the map.
    if node.op == "AveragePool", node.int("count_include_pad", default: 0) != 0,
      node.int("ceil_mode", default: 0) == 0
    {
      throw complaint(
        own,
        "and count_include_pad=1, for which runtimes compute different means: export it with "
          + "count_include_pad=0",
        model)
    }
    return kernel
  }

  private var isSame: Bool { node.string("auto_pad")?.hasPrefix("SAME") ?? false }

  private func complaint(_ kernel: [Int], _ advice: String, _ model: String) -> OddityError {
    func text(_ sizes: [Int]) -> String { sizes.map(String.init).joined(separator: "×") }
    return OddityError(
      .badModel,
      "\(model): \(node.title) has a kernel of \(text(kernel)) for a map of \(text(map)), \(advice)")
  }
}

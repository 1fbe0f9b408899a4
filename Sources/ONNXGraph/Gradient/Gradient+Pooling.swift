extension Gradient {
  static let pooling: [String: Rule] = [
    "GlobalAveragePool": { step in
      let count = try step.sizes(step.input).dropFirst().reduce(1, *)
      return [(step.input, step.spread(step.gradient, over: count))]
    },
    "ReduceMean": { step in
      let (before, after) = (try step.sizes(step.input), try step.sizes(step.output))
      let count = before.reduce(1, *) / after.reduce(1, *)
      let kept = step.gradient.reshaped([-1] + (try step.keptSizes(before)))
      return [(step.input, step.spread(kept, over: count))]
    },
    "AveragePool": averagePool,
    "MaxPool": maximumPool,
  ]

  /// Distributes each value equally over the window whose mean it is.
  private static let averagePool: Rule = { step in
    let window = try step.pool()
    let (channels, size) = (try step.sizes(step.input)[0], window.kernel.reduce(1, *))
    let counts =
      step.node.int("count_include_pad", default: 0) == 1
      ? Tensor([Float(size)]) : Tensor(window.counts, dims: [1, 1] + window.result)
    let ones = Tensor([Float](repeating: 1, count: channels * size), dims: [channels, 1] + window.kernel)
    return [(step.input, step.back(step.gradient / counts, by: ones, window, groups: channels))]
  }

  /// Sends each value to the largest element of its window, or to the first of equal ones, row by row.
  private static let maximumPool: Rule = { step in
    let window = try step.pool()
    guard window.kernel.count == 2 else { throw step.unsupported("its window has not two axes") }
    let padded = step.x.padded(
      Tensor([0, 0] + window.begins + [0, 0] + window.ends),
      with: Tensor([-Float.greatestFiniteMagnitude], dims: []))
    var left = step.gradient
    var routed: [Tensor] = []
    for row in 0..<window.kernel[0] {
      for column in 0..<window.kernel[1] {
        var values = padded
        for (axis, offset) in [row, column].enumerated() {
          let start = offset * window.dilations[axis]
          let end = start + (window.result[axis] - 1) * window.strides[axis] + 1
          values = values.slice(start..<end, axis: axis + 2, step: window.strides[axis])
        }
        let isLargest = values .== step.y
        routed.append(isLargest.choose(left, else: 0).reshaped([0, 0, 1] + window.result))
        left = isLargest.choose(0, else: left)
      }
    }
    let (channels, size) = (try step.sizes(step.input)[0], routed.count)
    let maps = Tensor.concatenation(routed, axis: 2).reshaped([0, channels * size] + window.result)
    let oneHot = (0..<channels * size).flatMap { map in (0..<size).map { Float($0 == map % size ? 1 : 0) } }
    let weights = Tensor(oneHot, dims: [channels * size, 1] + window.kernel)
    return [(step.input, step.back(maps, by: weights, window, groups: channels))]
  }
}

extension Step {
  /// Distributes each value equally over this many positions, in the shape of the input.
  fileprivate func spread(_ gradient: Tensor, over count: Int) -> Tensor {
    (gradient / Double(count)).expanded(like: x)
  }

  /// The sizes after the batch, with reduced axes kept as 1.
  fileprivate func keptSizes(_ before: [Int]) throws(GraphError) -> [Int] {
    let listed = node.inputs.count > 1 ? model.graph.numbers(of: node.inputs[1]) : nil
    guard let axes = node.ints("axes") ?? listed?.map({ Int($0) }) else {
      throw unsupported("its axes are not constant")
    }
    let reduced = Set(axes.map { ($0 + before.count + 1) % (before.count + 1) })
    guard !reduced.contains(0) else { throw unsupported("it is taken over the batch") }
    return before.enumerated().map { reduced.contains($0 + 1) ? 1 : $1 }
  }

  /// The window of a pool. Windows that extend beyond the end come from `ceil_mode`.
  fileprivate func pool() throws(GraphError) -> Window {
    let window = try Window(self, kernel: node.ints("kernel_shape") ?? [])
    guard !window.kernel.isEmpty, window.missing.allSatisfy({ $0 >= 0 }) else {
      throw unsupported("its last windows hang over the edge (ceil_mode)")
    }
    return window
  }
}

extension Window {
  /// The number of positions in each window that are not padding, row after row.
  fileprivate var counts: [Float] {
    let perAxis = kernel.indices.map { axis in
      (0..<result[axis]).map { place in
        (0..<kernel[axis]).count { offset in
          (0..<room[axis]).contains(place * strides[axis] + offset * dilations[axis] - begins[axis])
        }
      }
    }
    return perAxis.reduce([1]) { products, counts in
      products.flatMap { product in counts.map { product * Float($0) } }
    }
  }
}

extension Gradient {
  static let pooling: [String: Rule] = [
    "GlobalAveragePool": { step, appendix in
      let count = try step.sizes(step.input).dropFirst().reduce(1, *)
      return [(step.input, step.spread(step.gradient, over: count, &appendix))]
    },
    "ReduceMean": { step, appendix in
      let (before, after) = (try step.sizes(step.input), try step.sizes(step.output))
      let count = before.reduce(1, *) / after.reduce(1, *)
      let kept = appendix.reshape(step.gradient, to: [-1] + (try step.keptSizes(before)))
      return [(step.input, step.spread(kept, over: count, &appendix))]
    },
    "AveragePool": averagePool,
    "MaxPool": maximumPool,
  ]

  /// Each value goes in equal shares to the window that it is the mean of.
  private static let averagePool: Rule = { step, appendix in
    let window = try Window(step, kernel: step.node.ints("kernel_shape") ?? [])
    let (room, result) = (try step.sizes(step.input), try step.sizes(step.output))
    try step.refuseCeiling(window, room: room, result: result)
    let channels = room[0]
    let counts =
      step.node.int("count_include_pad", default: 0) == 1
      ? [Float(window.kernel.reduce(1, *))]
      : window.counts(in: Array(room.dropFirst()), of: Array(result.dropFirst()))
    let dims = counts.count == 1 ? [1] : [1, 1] + result.dropFirst()
    let shares = appendix.add("Div", [step.gradient, appendix.constant(counts, dims: dims)])
    let size = window.kernel.reduce(1, *)
    let ones = appendix.constant(
      [Float](repeating: 1, count: channels * size), dims: [channels, 1] + window.kernel)
    return [(step.input, try step.back(shares, by: ones, window, groups: channels, &appendix))]
  }

  /// Each value goes to where it is the largest of its window: of equals to the first, row by row.
  private static let maximumPool: Rule = { step, appendix in
    let window = try Window(step, kernel: step.node.ints("kernel_shape") ?? [])
    let (room, result) = (try step.sizes(step.input), try step.sizes(step.output))
    try step.refuseCeiling(window, room: room, result: result)
    guard window.kernel.count == 2 else { throw step.unsupported("its window has not two axes") }
    let pads = [0, 0] + window.begins + [0, 0] + window.ends
    let padded = appendix.add(
      "Pad",
      [
        step.input, appendix.constant(pads.map(Int64.init), dims: [8]),
        appendix.constant([-Float.greatestFiniteMagnitude], dims: []),
      ])
    var left = step.gradient
    var routed: [String] = []
    for row in 0..<window.kernel[0] {
      for column in 0..<window.kernel[1] {
        var values = padded
        for (axis, offset) in [row, column].enumerated() {
          let start = offset * window.dilations[axis]
          let end = start + (result[axis + 1] - 1) * window.strides[axis] + 1
          values = appendix.slice(values, start..<end, axis: axis + 2, step: window.strides[axis])
        }
        let isLargest = appendix.add("Equal", [values, step.output])
        let share = appendix.masked(left, by: isLargest)
        left = appendix.add("Where", [isLargest, appendix.number(0), left])
        routed.append(appendix.reshape(share, to: [0, 0, 1] + result.dropFirst()))
      }
    }
    let (channels, size) = (room[0], routed.count)
    let stacked = appendix.add("Concat", routed, ["axis": .int(2)])
    let maps = appendix.reshape(stacked, to: [0, channels * size] + result.dropFirst())
    let oneHot = (0..<channels * size).flatMap { map in (0..<size).map { Float($0 == map % size ? 1 : 0) } }
    let weights = appendix.constant(oneHot, dims: [channels * size, 1] + window.kernel)
    return [(step.input, try step.back(maps, by: weights, window, groups: channels, &appendix))]
  }
}

extension Step {
  /// Equal shares of each value for so many positions, in the shape of the input.
  fileprivate func spread(_ gradient: String, over count: Int, _ appendix: inout Appendix) -> String {
    let share = appendix.add("Div", [gradient, appendix.number(Float(count))])
    return appendix.add("Expand", [share, appendix.add("Shape", [input])])
  }

  /// The sizes behind the batch with reduced axes kept as 1.
  fileprivate func keptSizes(_ before: [Int]) throws(GraphError) -> [Int] {
    guard let axes = node.ints("axes") ?? (node.inputs.count > 1 ? constants[node.inputs[1]] : nil) else {
      throw unsupported("its axes are not constant")
    }
    let reduced = Set(axes.map { ($0 + before.count + 1) % (before.count + 1) })
    guard !reduced.contains(0) else { throw unsupported("it is taken over the batch") }
    return before.enumerated().map { reduced.contains($0 + 1) ? 1 : $1 }
  }

  /// Puts values back where their windows were.
  fileprivate func back(
    _ values: String, by weights: String, _ window: Window, groups: Int, _ appendix: inout Appendix
  ) throws(GraphError) -> String {
    let room = Array(try sizes(input).dropFirst())
    return appendix.add(
      "ConvTranspose", [values, weights],
      [
        "strides": .ints(window.strides), "dilations": .ints(window.dilations),
        "pads": .ints(window.begins + window.ends), "kernel_shape": .ints(window.kernel),
        "group": .int(groups),
        "output_padding": .ints(window.missing(in: room, of: try sizes(output))),
      ])
  }

  /// Windows that hang over the end are those of `ceil_mode`.
  fileprivate func refuseCeiling(_ window: Window, room: [Int], result: [Int]) throws(GraphError) {
    guard !window.kernel.isEmpty,
      window.missing(in: Array(room.dropFirst()), of: result).allSatisfy({ $0 >= 0 })
    else { throw unsupported("its last windows hang over the edge (ceil_mode)") }
  }
}

extension Window {
  /// How many positions of each window are not padding, row after row.
  fileprivate func counts(in room: [Int], of result: [Int]) -> [Float] {
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

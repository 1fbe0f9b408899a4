extension Gradient {
  /// Layers with weights.
  static let linear: [String: Rule] = [
    "Conv": { step in
      let window = try Window(step, kernel: try step.kernel())
      // If a convolution and its transpose read the same constant with as many input as output channels,
      // OpenVINO 2026.4 confuses their weights. Negating the constant makes it a different one.
      let negated = -Tensor(named: step.node.inputs[1])
      let groups = step.node.int("group", default: 1)
      return [(step.input, -step.back(step.gradient, by: negated, window, groups: groups))]
    },
    "BatchNormalization": { step in
      let (scale, variance) = (Tensor(named: step.node.inputs[1]), Tensor(named: step.node.inputs[4]))
      let factor = scale / (variance + step.number("epsilon", default: 1e-5)).squareRoot()
      let ones = try step.sizes(step.input).dropFirst().map { _ in 1 }
      return [(step.input, step.gradient * factor.reshaped([1, -1] + ones))]
    },
    "Gemm": { step in
      guard step.live == [step.input], step.node.int("transA", default: 0) == 0 else {
        throw step.unsupported("its first input is transposed, or its weights depend on the image")
      }
      let attributes: [String: Node.Attribute] = [
        "transB": .int(step.node.int("transB", default: 0) == 0 ? 1 : 0),
        "alpha": .float(step.node.float("alpha", default: 1)),
      ]
      return [(step.input, step.gradient.layer("Gemm", Tensor(named: step.node.inputs[1]), attributes))]
    },
    "MatMul": { step in
      guard step.live == [step.input], step.model.graph.constantDims(of: step.node.inputs[1])?.count == 2
      else {
        throw step.unsupported("its second input is no constant matrix")
      }
      return [(step.input, step.gradient.matmul(Tensor(named: step.node.inputs[1]).transposed([1, 0])))]
    },
  ]
}

extension Step {
  /// The size of a convolution's kernel.
  fileprivate func kernel() throws(GraphError) -> [Int] {
    guard live == [input], let dims = model.graph.constantDims(of: node.inputs[1]), dims.count > 2 else {
      throw unsupported("its weights are not constant")
    }
    return Array(dims.dropFirst(2))
  }

  /// Puts values back to the positions of their windows.
  func back(_ values: Tensor, by weights: Tensor, _ window: Window, groups: Int) -> Tensor {
    values.layer(
      "ConvTranspose", weights,
      [
        "strides": .ints(window.strides), "dilations": .ints(window.dilations),
        "pads": .ints(window.begins + window.ends), "kernel_shape": .ints(window.kernel),
        "group": .int(groups), "output_padding": .ints(window.missing),
      ])
  }
}

/// The sliding window of a convolution or a pooling.
struct Window {
  let kernel: [Int]
  let strides: [Int]
  let dilations: [Int]
  let begins: [Int]
  let ends: [Int]
  /// The number of positions along each axis, of the input and of the output.
  let room: [Int]
  let result: [Int]

  init(_ step: Step, kernel: [Int]) throws(GraphError) {
    let ones = kernel.map { _ in 1 }
    self.kernel = kernel
    strides = step.node.ints("strides") ?? ones
    dilations = step.node.ints("dilations") ?? ones
    room = Array(try step.sizes(step.input).dropFirst())
    result = Array(try step.sizes(step.output).dropFirst())
    guard case .string(let automatic) = step.node.attributes["auto_pad"], automatic.hasPrefix("SAME") else {
      let pads = step.node.ints("pads") ?? Array(repeating: 0, count: 2 * kernel.count)
      (begins, ends) = (Array(pads.prefix(kernel.count)), Array(pads.suffix(kernel.count)))
      return
    }
    var pads: [(Int, Int)] = []
    for axis in kernel.indices {
      let extent = (result[axis] - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1
      let total = max(0, extent - room[axis])
      pads.append(automatic == "SAME_UPPER" ? (total / 2, total - total / 2) : (total - total / 2, total / 2))
    }
    (begins, ends) = (pads.map(\.0), pads.map(\.1))
  }

  /// The positions at the end that no window reaches, which a transposed convolution would leave out.
  var missing: [Int] {
    kernel.indices.map { axis in
      room[axis] - ((result[axis] - 1) * strides[axis] - begins[axis] - ends[axis])
        - (kernel[axis] - 1) * dilations[axis] - 1
    }
  }
}

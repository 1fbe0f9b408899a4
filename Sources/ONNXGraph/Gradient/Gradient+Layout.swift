extension Gradient {
  /// Changes of shape and position.
  static let layout: [String: Rule] = [
    "Reshape": reshape, "Flatten": reshape, "Squeeze": reshape, "Unsqueeze": reshape,
    "Transpose": { step in
      let rank = try step.sizes(step.output).count + 1
      let order = step.node.ints("perm") ?? Array((0..<rank).reversed())
      var inverse = order
      for (position, axis) in order.enumerated() { inverse[axis] = position }
      return [(step.input, step.gradient.transposed(inverse))]
    },
    "Concat": { step in
      let rank = try step.sizes(step.output).count + 1
      let axis = (step.node.int("axis", default: 1) + rank) % rank
      var start = 0
      var shares: [(String, Tensor)] = []
      for input in step.node.inputs {
        guard axis > 0, step.live.contains(input) else {
          throw step.unsupported("it joins constants or images")
        }
        let size = try step.sizes(input)[axis - 1]
        shares.append((input, step.gradient.slice(start..<start + size, axis: axis)))
        start += size
      }
      return shares
    },
    // Padding with the negative amounts removes the frame again. Exporters compute pads from constants, so
    // their values are not always known here.
    "Pad": { step in
      guard step.node.inputs.count > 1, step.node.inputs.count < 4, !step.live.contains(step.node.inputs[1])
      else {
        throw step.unsupported("its pads are an attribute, depend on the image, or are of some axes only")
      }
      if case .string(let mode) = step.node.attributes["mode"], mode != "constant" {
        throw step.unsupported("it pads by the mode '\(mode)'")
      }
      return [(step.input, step.gradient.padded(-Tensor(named: step.node.inputs[1], type: .int64)))]
    },
  ]

  private static let reshape: Rule = { step in [(step.input, step.gradient.reshaped(like: step.x))] }
}

extension Gradient {
  /// Changes of shape and place.
  static let layout: [String: Rule] = [
    "Reshape": reshape, "Flatten": reshape, "Squeeze": reshape, "Unsqueeze": reshape,
    "Transpose": { step, appendix in
      let rank = try step.sizes(step.output).count + 1
      let order = step.node.ints("perm") ?? Array((0..<rank).reversed())
      var inverse = order
      for (position, axis) in order.enumerated() { inverse[axis] = position }
      return [(step.input, appendix.add("Transpose", [step.gradient], ["perm": .ints(inverse)]))]
    },
    "Concat": { step, appendix in
      let rank = try step.sizes(step.output).count + 1
      let axis = (step.node.int("axis", default: 1) + rank) % rank
      var start = 0
      var shares: [(String, String)] = []
      for input in step.node.inputs {
        guard axis > 0, step.live.contains(input) else {
          throw step.unsupported("it joins constants or images")
        }
        let size = try step.sizes(input)[axis - 1]
        shares.append((input, appendix.slice(step.gradient, start..<start + size, axis: axis)))
        start += size
      }
      return shares
    },
    // Padding by the negative takes the frame away again. Exporters compute pads from constants, so their values are
    // not always known here.
    "Pad": { step, appendix in
      guard step.node.inputs.count > 1, step.node.inputs.count < 4, !step.live.contains(step.node.inputs[1])
      else {
        throw step.unsupported("its pads are an attribute, depend on the image, or are of some axes only")
      }
      if case .string(let mode) = step.node.attributes["mode"], mode != "constant" {
        throw step.unsupported("it pads by the mode '\(mode)'")
      }
      let negative = appendix.add("Neg", [step.node.inputs[1]])
      return [(step.input, appendix.add("Pad", [step.gradient, negative]))]
    },
  ]

  private static let reshape: Rule = { step, appendix in
    [(step.input, step.reshaped(step.gradient, like: step.input, &appendix))]
  }
}

extension Appendix {
  mutating func slice(_ tensor: String, _ range: Range<Int>, axis: Int, step: Int = 1) -> String {
    let bounds = [range.lowerBound, range.upperBound, axis, step].map { constant([Int64($0)], dims: [1]) }
    return add("Slice", [tensor] + bounds)
  }
}

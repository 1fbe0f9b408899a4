extension Gradient {
  /// Functions of each value by itself; softmaxes. Where a function's output tells enough, its input is not read: it is then
  /// free to be fused with the layer before.
  static let activations: [String: Rule] = [
    "Identity": { step, _ in [(step.input, step.gradient)] },
    "Dropout": { step, _ in [(step.input, step.gradient)] },
    "Cast": { step, _ in [(step.input, step.gradient)] },
    "Relu": { step, appendix in
      // What comes out is 0 or positive.
      [(step.input, appendix.product(step.gradient, appendix.add("Sign", [step.output])))]
    },
    "LeakyRelu": { step, appendix in
      let slope = appendix.number(step.float("alpha", default: 0.01))
      let isPositive = appendix.add("Greater", [step.input, appendix.number(0)])
      let scaled = appendix.add("Mul", [step.gradient, slope])
      return [(step.input, appendix.add("Where", [isPositive, step.gradient, scaled]))]
    },
    "Clip": { step, appendix in
      var gradient = step.gradient
      for (position, comparison) in [(1, "Greater"), (2, "Less")] where step.node.inputs.count > position {
        let bound = step.node.inputs[position]
        if bound.isEmpty { continue }
        gradient = appendix.masked(gradient, by: appendix.add(comparison, [step.output, bound]))
      }
      return [(step.input, gradient)]
    },
    "Sigmoid": { step, appendix in
      let rest = appendix.add("Sub", [appendix.number(1), step.output])
      return [(step.input, appendix.product(step.gradient, step.output, rest))]
    },
    "Tanh": { step, appendix in
      let square = appendix.add("Mul", [step.output, step.output])
      return [
        (step.input, appendix.product(step.gradient, appendix.add("Sub", [appendix.number(1), square])))
      ]
    },
    "HardSigmoid": { step, appendix in
      let slope = appendix.number(step.float("alpha", default: 0.2))
      let isInside = appendix.isBetween(step.output, 0, 1)
      return [(step.input, appendix.masked(appendix.add("Mul", [step.gradient, slope]), by: isInside))]
    },
    "HardSwish": { step, appendix in
      let third = appendix.add("Div", [step.input, appendix.number(3)])
      let slope = appendix.add("Add", [third, appendix.number(0.5)])
      let inside = appendix.masked(
        appendix.add("Mul", [step.gradient, slope]), by: appendix.isBetween(step.input, -3, 3))
      let isAbove = appendix.add("Not", [appendix.add("Less", [step.input, appendix.number(3)])])
      return [(step.input, appendix.add("Where", [isAbove, step.gradient, inside]))]
    },
    "Softmax": { step, appendix in
      let weighted = appendix.add("Mul", [step.gradient, step.output])
      let sum = appendix.reduce(.sum, weighted, axes: [try step.lastAxis()], keep: true)
      return [(step.input, appendix.add("Sub", [weighted, appendix.add("Mul", [step.output, sum])]))]
    },
    "LogSoftmax": { step, appendix in
      let sum = appendix.reduce(.sum, step.gradient, axes: [try step.lastAxis()], keep: true)
      let share = appendix.add("Mul", [appendix.add("Exp", [step.output]), sum])
      return [(step.input, appendix.add("Sub", [step.gradient, share]))]
    },
  ]
}

extension Step {
  func float(_ name: String, default value: Float) -> Float {
    if case .float(let found) = node.attributes[name] { found } else { value }
  }

  /// The axis of a softmax, which must be the last one.
  fileprivate func lastAxis() throws(GraphError) -> Int {
    let rank = try sizes(output).count + 1
    let axis = node.int("axis", default: model.opset < 13 ? 1 : -1)
    guard axis == -1 || axis == rank - 1 else { throw unsupported("it is not over the last axis") }
    return rank - 1
  }
}

extension Appendix {
  /// A number that broadcasts over any shape.
  mutating func number(_ value: Float) -> String { constant([value], dims: []) }

  /// The values where a condition holds, elsewhere zero.
  mutating func masked(_ tensor: String, by condition: String) -> String {
    add("Where", [condition, tensor, number(0)])
  }

  mutating func product(_ tensors: String...) -> String {
    tensors.dropFirst().reduce(tensors[0]) { add("Mul", [$0, $1]) }
  }

  fileprivate mutating func isBetween(_ tensor: String, _ lower: Float, _ upper: Float) -> String {
    let isAbove = add("Greater", [tensor, number(lower)])
    return add("And", [isAbove, add("Less", [tensor, number(upper)])])
  }
}

extension Gradient {
  /// Elementwise functions and softmaxes. If the output determines the gradient, the input is not read, so
  /// that it can be fused with the layer before.
  static let activations: [String: Rule] = [
    "Identity": elementwise { $0.gradient },
    "Dropout": elementwise { $0.gradient },
    "Cast": elementwise { $0.gradient },
    // The output is 0 or positive.
    "Relu": elementwise { $0.gradient * $0.y.sign() },
    "LeakyRelu": elementwise { step in
      (step.x .> 0).choose(step.gradient, else: step.gradient * step.number("alpha", default: 0.01))
    },
    "Clip": elementwise { step in
      var gradient = step.gradient
      if let least = step.operand(1) { gradient = (step.y .> least).choose(gradient, else: 0) }
      if let most = step.operand(2) { gradient = (step.y .< most).choose(gradient, else: 0) }
      return gradient
    },
    "Sigmoid": elementwise { $0.gradient * $0.y * (1 - $0.y) },
    "Tanh": elementwise { $0.gradient * (1 - $0.y.squared()) },
    "HardSigmoid": elementwise { step in
      ((step.y .> 0) .& (step.y .< 1)).choose(step.gradient * step.number("alpha", default: 0.2), else: 0)
    },
    "HardSwish": elementwise { step in
      let isInside = (step.x .> -3) .& (step.x .< 3)
      let inside = isInside.choose(step.gradient * (step.x / 3 + 0.5), else: 0)
      return (.!(step.x .< 3)).choose(step.gradient, else: inside)
    },
    "Softmax": elementwise { step in
      let weighted = step.gradient * step.y
      return weighted - step.y * weighted.sum(axis: try step.lastAxis(), keep: true)
    },
    "LogSoftmax": elementwise { step in
      step.gradient - step.y.exp() * step.gradient.sum(axis: try step.lastAxis(), keep: true)
    },
  ]

  /// A function of one input.
  private static func elementwise(_ gradient: @escaping @Sendable (Step) throws -> Tensor) -> Rule {
    { step in [(step.input, try gradient(step))] }
  }
}

extension Step {
  func number(_ name: String, default value: Float) -> Double { Double(node.float(name, default: value)) }

  /// The axis of a softmax, which must be the last one.
  fileprivate func lastAxis() throws(GraphError) -> Int {
    let rank = try sizes(output).count + 1
    let axis = node.int("axis", default: model.opset < 13 ? 1 : -1)
    guard axis == -1 || axis == rank - 1 else { throw unsupported("it is not over the last axis") }
    return rank - 1
  }
}

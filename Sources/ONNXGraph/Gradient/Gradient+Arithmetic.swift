extension Gradient {
  /// Arithmetic of two or more tensors, which may be broadcast.
  static let arithmetic: [String: Rule] = [
    "Add": { step, appendix in try step.shares(&appendix) { _, gradient, _ in gradient } },
    "Sum": { step, appendix in try step.shares(&appendix) { _, gradient, _ in gradient } },
    "Sub": { step, appendix in
      try step.shares(&appendix) { position, gradient, appendix in
        position == 0 ? gradient : appendix.add("Neg", [gradient])
      }
    },
    "Mul": { step, appendix in
      try step.shares(&appendix) { position, gradient, appendix in
        appendix.add("Mul", [gradient, step.node.inputs[1 - position]])
      }
    },
    "Div": { step, appendix in
      try step.shares(&appendix) { position, gradient, appendix in
        let quotient = appendix.add("Div", [gradient, step.node.inputs[1]])
        if position == 0 { return quotient }
        return appendix.add("Neg", [appendix.add("Mul", [quotient, step.output])])
      }
    },
    "Neg": { step, appendix in [(step.input, appendix.add("Neg", [step.gradient]))] },
  ]
}

extension Step {
  /// The gradient with respect to every live input, by its position, summed over what was broadcast.
  fileprivate func shares(
    _ appendix: inout Appendix, _ share: (Int, String, inout Appendix) -> String
  ) throws(GraphError) -> [(String, String)] {
    var shares: [(String, String)] = []
    for (position, input) in node.inputs.enumerated() where live.contains(input) {
      let whole = share(position, gradient, &appendix)
      shares.append((input, try summed(whole, to: input, &appendix)))
    }
    return shares
  }

  private func summed(
    _ whole: String, to input: String, _ appendix: inout Appendix
  ) throws(GraphError) -> String {
    let (small, large) = (try sizes(input), try sizes(output))
    guard small != large else { return whole }
    guard small.count == large.count else {
      throw unsupported("'\(input)' is broadcast over more axes than it has")
    }
    let axes = large.indices.filter { small[$0] != large[$0] }.map { $0 + 1 }
    return appendix.reduce(.sum, whole, axes: axes, keep: true)
  }
}

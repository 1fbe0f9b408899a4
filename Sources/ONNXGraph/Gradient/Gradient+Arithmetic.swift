extension Gradient {
  /// Arithmetic of two or more tensors, which may be broadcast.
  static let arithmetic: [String: Rule] = [
    "Add": { step in try step.shares { _ in step.gradient } },
    "Sum": { step in try step.shares { _ in step.gradient } },
    "Sub": { step in try step.shares { position in position == 0 ? step.gradient : -step.gradient } },
    "Mul": { step in
      try step.shares { position in step.gradient * Tensor(named: step.node.inputs[1 - position]) }
    },
    "Div": { step in
      let quotient = step.gradient / Tensor(named: step.node.inputs[1])
      return try step.shares { position in position == 0 ? quotient : -(quotient * step.y) }
    },
    "Neg": { step in [(step.input, -step.gradient)] },
  ]
}

extension Step {
  /// The gradient with respect to every live input, by its position, summed over broadcast axes.
  fileprivate func shares(_ share: (Int) -> Tensor) throws(GraphError) -> [(String, Tensor)] {
    var shares: [(String, Tensor)] = []
    for (position, input) in node.inputs.enumerated() where live.contains(input) {
      shares.append((input, try summed(share(position), to: input)))
    }
    return shares
  }

  private func summed(_ whole: Tensor, to input: String) throws(GraphError) -> Tensor {
    let (small, large) = (try sizes(input), try sizes(output))
    guard small != large else { return whole }
    guard small.count == large.count else {
      throw unsupported("'\(input)' is broadcast over more axes than it has")
    }
    let axes = large.indices.filter { small[$0] != large[$0] }.map { $0 + 1 }
    return whole.sum(axes: axes, keep: true)
  }
}

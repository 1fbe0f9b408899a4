/// An operator with its attributes, in no form yet: ``form(in:)`` gives the one of an operator set.
///
/// Detectors append to a model in the operator set that it has, so what differs among the sets stands here and nowhere else.
enum Operation: Sendable {
  /// An operator that is the same in all sets.
  case plain(String, [String: Node.Attribute])
  case reduction(Reduction, axes: [Int], keep: Bool)

  /// Reductions whose axes are an attribute up to some operator set and an input from it on.
  enum Reduction: String, Sendable {
    case l2 = "ReduceL2"
    case max = "ReduceMax"
    case mean = "ReduceMean"
    case min = "ReduceMin"
    case sum = "ReduceSum"

    fileprivate var opsetOfAxesInput: Int { self == .sum ? 13 : 18 }
  }

  /// The operator of a set, its attributes, and the inputs that follow the operation's own.
  func form(in opset: Int) -> (op: String, attributes: [String: Node.Attribute], furtherInputs: [Tensor]) {
    switch self {
    case .plain(let op, let attributes): return (op, attributes, [])
    case .reduction(let kind, let axes, let keep):
      let keepDims = ["keepdims": Node.Attribute.int(keep ? 1 : 0)]
      guard opset < kind.opsetOfAxesInput else { return (kind.rawValue, keepDims, [Tensor(axes)]) }
      return (kind.rawValue, keepDims.merging(["axes": .ints(axes)]) { $1 }, [])
    }
  }
}

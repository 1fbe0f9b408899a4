import Foundation

/// A tensor of a graph: an existing one, a constant, or the result of operators on other tensors.
///
/// A tensor is a value, and building one appends nothing. ``Appendix/append(_:)`` writes the nodes that it
/// needs. A score can therefore be written as its formula, as in `let margins = logits - logits.max(axis: 1,
/// keep: true)`.
package struct Tensor: Sendable {
  let expression: Expression
  package let type: ElementType
  /// The number of axes, if it is known.
  package let rank: Int?

  init(_ expression: Expression, type: ElementType, rank: Int?) {
    (self.expression, self.type, self.rank) = (expression, type, rank)
  }

  /// A tensor that exists in the graph.
  package init(named name: String, type: ElementType = .float, rank: Int? = nil) {
    self.init(Expression(.named(name)), type: type, rank: rank)
  }

  /// A constant of the given dimensions.
  package init(_ values: [Float], dims: [Int]) {
    self.init(constant: values.withUnsafeBytes { Data($0) }, type: .float, dims: dims)
  }

  /// A constant that some graphs already contain.
  ///
  /// - Parameter name: its name there. If a constant with this name has the same type and dimensions, it is
  ///   used and no constant is added. The caller must make sure that the numbers are equal.
  package init(_ values: [Float], dims: [Int], knownAs name: String) {
    let bytes = values.withUnsafeBytes { Data($0) }
    self.init(
      Expression(.constant(dims: dims, type: .float, bytes: bytes, knownAs: name)), type: .float,
      rank: dims.count)
  }

  /// The constant in another floating-point type, to which the values are rounded.
  init(_ values: [Float], dims: [Int], as type: ElementType) {
    switch type {
    case .float: self.init(values, dims: dims)
    case .float16:
      self.init(constant: values.map(Float16.init).withUnsafeBytes { Data($0) }, type: type, dims: dims)
    case .double:
      self.init(constant: values.map(Double.init).withUnsafeBytes { Data($0) }, type: type, dims: dims)
    default: self = Tensor(values, dims: dims).cast(to: type)
    }
  }

  package init(_ values: [Int64], dims: [Int]) {
    self.init(constant: values.withUnsafeBytes { Data($0) }, type: .int64, dims: dims)
  }

  package init(_ values: [Bool], dims: [Int]) {
    self.init(constant: Data(values.map { $0 ? 1 : 0 }), type: .bool, dims: dims)
  }

  package init(doubles values: [Double], dims: [Int]) {
    self.init(constant: values.withUnsafeBytes { Data($0) }, type: .double, dims: dims)
  }

  package init(int32s values: [Int32], dims: [Int]) {
    self.init(constant: values.withUnsafeBytes { Data($0) }, type: .int32, dims: dims)
  }

  /// A list, [count].
  package init(_ values: [Float]) { self.init(values, dims: [values.count]) }
  package init(_ values: [Int]) { self.init(values.map(Int64.init), dims: [values.count]) }

  /// A row that broadcasts over [N, M], [1, count].
  package init(row values: [Double]) { self.init(values.map { Float($0) }, dims: [1, values.count]) }

  private init(constant bytes: Data, type: ElementType, dims: [Int]) {
    self.init(
      Expression(.constant(dims: dims, type: type, bytes: bytes, knownAs: nil)), type: type, rank: dims.count)
  }

  /// A number that broadcasts with this tensor, of its element type and rank.
  func number(_ value: Double) -> Tensor {
    let dims = Array(repeating: 1, count: rank ?? 0)
    return switch type {
    case .int64: Tensor([Int64(value)], dims: dims)
    case .int32: Tensor(int32s: [Int32(value)], dims: dims)
    case .double: Tensor(doubles: [value], dims: dims)
    default: Tensor([Float(value)], dims: dims, as: type)
    }
  }
}

/// How a tensor is computed. Tensors share expressions, so an expression that is used twice is appended once.
final class Expression: Sendable {
  let form: Form

  enum Form: Sendable {
    case named(String)
    /// - Parameter knownAs: its name in graphs that contain it.
    case constant(dims: [Int], type: ElementType, bytes: Data, knownAs: String?)
    /// - Parameter outputs: the number of outputs of the operator.
    case operation(Operation, inputs: [Tensor], outputs: Int)
    /// One output of an operator that has several.
    case output(Int, of: Expression)
  }

  init(_ form: Form) { self.form = form }
}

/// An operator with its attributes, independent of operator sets. ``form(in:)`` gives its form in an operator
/// set.
///
/// Detectors are appended to a model in the model's own operator set. All differences between sets are
/// handled here and nowhere else.
enum Operation: Sendable {
  /// An operator that is the same in all sets.
  case plain(String, [String: Node.Attribute])
  case reduction(Reduction, axes: [Int], keep: Bool)

  /// Reductions whose axes are an attribute in older operator sets and an input in newer ones.
  enum Reduction: String, Sendable {
    case l2 = "ReduceL2"
    case max = "ReduceMax"
    case mean = "ReduceMean"
    case min = "ReduceMin"
    case sum = "ReduceSum"

    fileprivate var opsetOfAxesInput: Int { self == .sum ? 13 : 18 }
  }

  /// The operator in an operator set, its attributes, and the inputs after the operation's own.
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

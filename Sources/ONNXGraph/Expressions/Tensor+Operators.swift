/// Elementwise arithmetic. Shapes broadcast as in NumPy, and numbers get the other operand's type.
extension Tensor {
  package static func + (a: Tensor, b: Tensor) -> Tensor { elementwise("Add", a, b) }
  package static func + (a: Tensor, b: Double) -> Tensor { a + a.number(b) }
  package static func - (a: Tensor, b: Tensor) -> Tensor { elementwise("Sub", a, b) }
  package static func - (a: Tensor, b: Double) -> Tensor { a - a.number(b) }
  package static func - (a: Double, b: Tensor) -> Tensor { b.number(a) - b }
  package static func * (a: Tensor, b: Tensor) -> Tensor { elementwise("Mul", a, b) }
  package static func * (a: Tensor, b: Double) -> Tensor { a * a.number(b) }
  package static func * (a: Double, b: Tensor) -> Tensor { b.number(a) * b }
  package static func / (a: Tensor, b: Tensor) -> Tensor { elementwise("Div", a, b) }
  package static func / (a: Tensor, b: Double) -> Tensor { a / a.number(b) }
  package static func / (a: Double, b: Tensor) -> Tensor { b.number(a) / b }
  package static prefix func - (a: Tensor) -> Tensor { a.mapped("Neg") }

  package func abs() -> Tensor { mapped("Abs") }
  package func ceiling() -> Tensor { mapped("Ceil") }
  package func cos() -> Tensor { mapped("Cos") }
  package func exp() -> Tensor { mapped("Exp") }
  package func floor() -> Tensor { mapped("Floor") }
  package func log() -> Tensor { mapped("Log") }
  package func relu() -> Tensor { mapped("Relu") }
  /// Rounded, with halves to the even number.
  package func rounded() -> Tensor { mapped("Round") }
  package func sign() -> Tensor { mapped("Sign") }
  package func sin() -> Tensor { mapped("Sin") }
  package func squareRoot() -> Tensor { mapped("Sqrt") }
  package func squared() -> Tensor { self * self }

  /// The larger of each value and a number.
  package func atLeast(_ least: Double) -> Tensor { Tensor.elementwise("Max", self, number(least)) }
  /// The smaller of each value and a number.
  package func atMost(_ most: Double) -> Tensor { Tensor.elementwise("Min", self, number(most)) }
  /// Values in single precision, each clipped to a range.
  package func clipped(to range: ClosedRange<Float>) -> Tensor {
    let bounds = [range.lowerBound, range.upperBound].map { Tensor([$0], dims: []) }
    return Tensor(.plain("Clip", [:]), [self] + bounds, type: type, rank: rank)
  }
}

/// Elementwise comparisons and logic with boolean results.
extension Tensor {
  package static func .== (a: Tensor, b: Tensor) -> Tensor { elementwise("Equal", a, b, type: .bool) }
  package static func .> (a: Tensor, b: Tensor) -> Tensor { elementwise("Greater", a, b, type: .bool) }
  package static func .> (a: Tensor, b: Double) -> Tensor { a .> a.number(b) }
  package static func .< (a: Tensor, b: Tensor) -> Tensor { elementwise("Less", a, b, type: .bool) }
  package static func .< (a: Tensor, b: Double) -> Tensor { a .< a.number(b) }
  package static func .& (a: Tensor, b: Tensor) -> Tensor { elementwise("And", a, b, type: .bool) }
  package static func .| (a: Tensor, b: Tensor) -> Tensor { elementwise("Or", a, b, type: .bool) }
  package static prefix func .! (a: Tensor) -> Tensor { a.mapped("Not") }

  /// The values of one tensor where this one is true, and those of another elsewhere.
  package func choose(_ a: Tensor, else b: Tensor) -> Tensor {
    Tensor(.plain("Where", [:]), [self, a, b], type: a.type, rank: Tensor.commonRank(self, a, b))
  }

  package func choose(_ a: Tensor, else b: Double) -> Tensor { choose(a, else: a.number(b)) }
  package func choose(_ a: Double, else b: Tensor) -> Tensor { choose(b.number(a), else: b) }

  /// The smaller of two values of any type. `Min` takes integers only from set 12 on.
  package func smaller(of other: Tensor) -> Tensor { (self .< other).choose(self, else: other) }
  /// The larger of two values, of any type.
  package func larger(of other: Tensor) -> Tensor { (self .< other).choose(other, else: self) }
}

/// Reductions over axes. The axes are removed unless they are kept with length 1.
extension Tensor {
  package func max(axis: Int, keep: Bool = false) -> Tensor { reduced(.max, [axis], keep) }
  package func max(axes: [Int], keep: Bool = false) -> Tensor { reduced(.max, axes, keep) }
  package func min(axes: [Int], keep: Bool = false) -> Tensor { reduced(.min, axes, keep) }
  package func sum(axis: Int, keep: Bool = false) -> Tensor { reduced(.sum, [axis], keep) }
  package func sum(axes: [Int], keep: Bool = false) -> Tensor { reduced(.sum, axes, keep) }
  package func mean(axis: Int, keep: Bool = false) -> Tensor { reduced(.mean, [axis], keep) }
  package func mean(axes: [Int], keep: Bool = false) -> Tensor { reduced(.mean, axes, keep) }
  /// `‖x‖₂`
  package func norm(axis: Int, keep: Bool = false) -> Tensor { reduced(.l2, [axis], keep) }
  package func norm(axes: [Int]) -> Tensor { reduced(.l2, axes, false) }

  /// `log Σ exp`, shifted by the maximum so that nothing overflows. Axes keep length 1 by default.
  package func logSumExp(axes: [Int], keep: Bool = true) -> Tensor {
    let powers = (self - max(axes: axes, keep: true)).exp()
    return powers.sum(axes: axes, keep: keep).log() + max(axes: axes, keep: keep)
  }

  package func softmax(axis: Int) -> Tensor {
    let powers = (self - max(axis: axis, keep: true)).exp()
    return powers / powers.sum(axis: axis, keep: true)
  }

  /// `log softmax`. The maximum is subtracted first, so that large values lose no digits.
  package func logSoftmax(axis: Int) -> Tensor {
    let margins = self - max(axis: axis, keep: true)
    return margins - margins.exp().sum(axis: axis, keep: true).log()
  }

  /// The index of the largest value, or the first of equal ones, int64.
  package func argMax(axis: Int, keep: Bool = false) -> Tensor {
    Tensor(
      .plain("ArgMax", ["axis": .int(axis), "keepdims": .int(keep ? 1 : 0)]), [self], type: .int64,
      rank: keep ? rank : rank.map { $0 - 1 })
  }

  /// The largest values along the last axis, descending, and their indices.
  ///
  /// - Parameter axis: the index of the last axis.
  package func largest(_ count: Int, axis: Int) -> (values: Tensor, indices: Tensor) {
    largest(Tensor([count]), axis: axis)
  }

  /// - Parameter count: the number of values, int64 [1].
  package func largest(_ count: Tensor, axis: Int) -> (values: Tensor, indices: Tensor) {
    let expression = Expression(
      .operation(.plain("TopK", ["axis": .int(axis)]), inputs: [self, count], outputs: 2))
    return (
      Tensor(Expression(.output(0, of: expression)), type: type, rank: rank),
      Tensor(Expression(.output(1, of: expression)), type: .int64, rank: rank)
    )
  }
}

/// Products, look-ups and changes of shape.
extension Tensor {
  package func matmul(_ other: Tensor) -> Tensor {
    Tensor(.plain("MatMul", [:]), [self, other], type: type, rank: Tensor.commonRank(self, other))
  }

  /// The entries of a table at indices, along its first axis.
  package func rows(at indices: Tensor) -> Tensor { entries(at: indices, axis: 0) }

  /// The entries at indices along an axis. The axes of the indices replace that axis.
  package func entries(at indices: Tensor, axis: Int) -> Tensor {
    Tensor(
      .plain("Gather", ["axis": .int(axis)]), [self, indices], type: type,
      rank: rank.flatMap { own in indices.rank.map { own - 1 + $0 } })
  }

  /// The integers from one scalar up to another.
  package static func range(from start: Tensor, to end: Tensor) -> Tensor {
    Tensor(.plain("Range", [:]), [start, end, start.number(1)], type: start.type, rank: 1)
  }

  /// This tensor with other values at some indices along an axis.
  package func replacing(at indices: Tensor, axis: Int, with values: Tensor) -> Tensor {
    Tensor(.plain("ScatterElements", ["axis": .int(axis)]), [self, indices, values], type: type, rank: rank)
  }

  /// A part of an axis.
  package func slice(_ range: Range<Int>, axis: Int, step: Int = 1) -> Tensor {
    let bounds = [range.lowerBound, range.upperBound, axis, step].map { Tensor([$0]) }
    return Tensor(.plain("Slice", [:]), [self] + bounds, type: type, rank: rank)
  }

  /// The first entries of the first axis.
  ///
  /// - Parameter count: the number of entries, int64 [1].
  package func prefix(_ count: Tensor) -> Tensor {
    Tensor(.plain("Slice", [:]), [self, Tensor([0]), count], type: type, rank: rank)
  }

  /// Columns of [N, M].
  package func columns(_ range: Range<Int>) -> Tensor { slice(range, axis: 1) }

  /// - Parameter shape: 0 keeps the size of an axis, and one −1 is computed from the rest.
  package func reshaped(_ shape: [Int]) -> Tensor { reshaped(to: Tensor(shape), rank: shape.count) }

  /// - Parameter shape: int64 [rank].
  package func reshaped(to shape: Tensor, rank: Int?) -> Tensor {
    Tensor(.plain("Reshape", [:]), [self, shape], type: type, rank: rank)
  }

  /// The tensor as a list of its values, such as [N] of [N, 1].
  package func flattened() -> Tensor { reshaped([-1]) }
  /// A list as a column, [N, 1] of [N].
  package func column() -> Tensor { reshaped([-1, 1]) }

  /// The shape of another tensor.
  package func reshaped(like other: Tensor) -> Tensor { reshaped(to: other.shape(), rank: other.rank) }

  package func expanded(like other: Tensor) -> Tensor {
    Tensor(.plain("Expand", [:]), [self, other.shape()], type: type, rank: other.rank)
  }

  /// Its sizes, int64 [rank].
  package func shape() -> Tensor { Tensor(.plain("Shape", [:]), [self], type: .int64, rank: 1) }

  package func transposed(_ order: [Int]) -> Tensor {
    mapped("Transpose", ["perm": .ints(order)])
  }

  package func cast(to type: ElementType) -> Tensor {
    Tensor(.plain("Cast", ["to": .int(Int(type.rawValue))]), [self], type: type, rank: rank)
  }

  /// Running sums along an axis.
  package func cumulativeSum(axis: Int) -> Tensor {
    Tensor(.plain("CumSum", [:]), [self, Tensor([Int64(axis)], dims: [])], type: type, rank: rank)
  }

  package static func concatenation(_ tensors: [Tensor], axis: Int) -> Tensor {
    Tensor(.plain("Concat", ["axis": .int(axis)]), tensors, type: tensors[0].type, rank: tensors[0].rank)
  }
}

extension Tensor {
  /// An operator with one output.
  init(_ operation: Operation, _ inputs: [Tensor], type: ElementType, rank: Int?) {
    self.init(Expression(.operation(operation, inputs: inputs, outputs: 1)), type: type, rank: rank)
  }

  /// An operator that keeps type and rank.
  func mapped(_ op: String, _ attributes: [String: Node.Attribute] = [:]) -> Tensor {
    Tensor(.plain(op, attributes), [self], type: type, rank: rank)
  }

  private static func elementwise(_ op: String, _ a: Tensor, _ b: Tensor, type: ElementType? = nil) -> Tensor
  {
    Tensor(.plain(op, [:]), [a, b], type: type ?? a.type, rank: commonRank(a, b))
  }

  private func reduced(_ kind: Operation.Reduction, _ axes: [Int], _ keep: Bool) -> Tensor {
    Tensor(
      .reduction(kind, axes: axes, keep: keep), [self], type: type,
      rank: keep ? rank : rank.map { $0 - axes.count })
  }

  /// The rank to which several tensors broadcast.
  private static func commonRank(_ tensors: Tensor...) -> Int? {
    let ranks = tensors.compactMap(\.rank)
    return ranks.count == tensors.count ? ranks.max() : nil
  }
}

/// Building blocks of the gradients of layers.
extension Tensor {
  func padded(_ pads: Tensor, with value: Tensor? = nil) -> Tensor {
    Tensor(.plain("Pad", [:]), [self, pads] + (value.map { [$0] } ?? []), type: type, rank: rank)
  }

  /// Applies a layer with weights to this tensor.
  func layer(_ op: String, _ weights: Tensor, _ attributes: [String: Node.Attribute]) -> Tensor {
    Tensor(.plain(op, attributes), [self, weights], type: type, rank: rank)
  }
}

/// The operators that detectors are made of, each in the form of the model's operator set.
extension Appendix {
  /// Reductions whose axes are an attribute up to some operator set and an input from it on.
  public enum Reduction: String, Sendable {
    case l2 = "ReduceL2"
    case max = "ReduceMax"
    case mean = "ReduceMean"
    case min = "ReduceMin"
    case sum = "ReduceSum"

    fileprivate var opsetOfAxesInput: Int { self == .sum ? 13 : 18 }
  }

  /// Reduces `tensor` over `axes`; the reduced axes stay with length 1 if `keep`.
  public mutating func reduce(_ kind: Reduction, _ tensor: String, axes: [Int], keep: Bool = false) -> String
  {
    let keepDims = ["keepdims": Node.Attribute.int(keep ? 1 : 0)]
    if opset < kind.opsetOfAxesInput {
      return add(kind.rawValue, [tensor], keepDims.merging(["axes": .ints(axes)]) { $1 })
    }
    return add(kind.rawValue, [tensor, constant(axes.map(Int64.init), dims: [axes.count])], keepDims)
  }

  public mutating func cast(_ tensor: String, to type: ElementType) -> String {
    add("Cast", [tensor], ["to": .int(Int(type.rawValue))])
  }

  public mutating func reshape(_ tensor: String, to shape: [Int]) -> String {
    add("Reshape", [tensor, constant(shape.map(Int64.init), dims: [shape.count])])
  }

  /// Gives a tensor a name of its own, as an output needs.
  public mutating func rename(_ tensor: String, to name: String) -> String {
    add("Identity", [tensor], output: name)
  }
}

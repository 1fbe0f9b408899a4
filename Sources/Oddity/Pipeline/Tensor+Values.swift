import OpenVINORuntime

extension [String: Tensor] {
  /// The values of a floating-point output.
  func floats(_ name: String) throws(OddityError) -> [Float] {
    guard case .float(let values) = self[name]?.values else {
      throw OddityError(.badModel, "the model's output '\(name)' holds no floating-point numbers")
    }
    return values
  }

  /// The values of a boolean output.
  func bools(_ name: String) throws(OddityError) -> [Bool] {
    guard case .bool(let values) = self[name]?.values else {
      throw OddityError(.badModel, "the model's output '\(name)' holds no truth values")
    }
    return values
  }
}

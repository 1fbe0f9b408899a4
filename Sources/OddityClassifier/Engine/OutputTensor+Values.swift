import OddityStatistics
import Engines

extension [String: OutputTensor] {
  /// The values of a floating-point output.
  package func floats(_ name: String) throws(OddityError) -> [Float] {
    guard let tensor = self[name], tensor.elementType.isFloatingPoint else {
      throw OddityError(.badModel, "the model's output '\(name)' holds no floating-point numbers")
    }
    return tensor.floats
  }

  /// The values of a floating-point output with this many values for each image.
  package func floats(_ name: String, images: Int, width: Int = 1) throws(OddityError) -> [Float] {
    let values = try floats(name)
    guard values.count == images * width else {
      throw OddityError(
        .badModel,
        "the network does not compute the images of a batch separately: \(images) images gave "
          + "\(values.count) values of '\(name)'; export it with a free batch dimension, or pass "
          + "\(.batchSize, "1")")
    }
    return values
  }

  /// The values of a boolean output with one value for each image.
  package func bools(_ name: String, images: Int) throws(OddityError) -> [Bool] {
    guard let tensor = self[name], tensor.elementType == .bool, tensor.floats.count == images else {
      throw OddityError(.badModel, "the model's output '\(name)' does not hold a truth value for each image")
    }
    return tensor.floats.map { $0 != 0 }
  }
}

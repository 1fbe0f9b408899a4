import OddityStatistics
import OpenVINORuntime

extension [String: OutputTensor] {
  /// The values of a floating-point output.
  package func floats(_ name: String) throws(OddityError) -> [Float] {
    guard case .float(let values) = self[name]?.values else {
      throw OddityError(.badModel, "the model's output '\(name)' holds no floating-point numbers")
    }
    return values
  }

  /// The values of a floating-point output that has so many for each image.
  package func floats(_ name: String, images: Int, width: Int = 1) throws(OddityError) -> [Float] {
    let values = try floats(name)
    guard values.count == images * width else {
      throw OddityError(
        .badModel,
        "the network does not keep the images of a batch apart: \(images) of them gave \(values.count) values of "
          + "'\(name)'; export it with a free batch dimension, or pass \(.batchSize, "1")")
    }
    return values
  }

  /// The values of a boolean output.
  package func bools(_ name: String) throws(OddityError) -> [Bool] {
    guard case .bool(let values) = self[name]?.values else {
      throw OddityError(.badModel, "the model's output '\(name)' holds no truth values")
    }
    return values
  }
}

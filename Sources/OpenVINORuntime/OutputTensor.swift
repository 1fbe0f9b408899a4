/// The values of one output, in row-major order.
package struct OutputTensor: Sendable, Equatable {
  /// Floating-point elements of every width are float32 here, integers of every width Int64.
  package enum Values: Sendable, Equatable {
    case float([Float])
    case int([Int64])
    case bool([Bool])
  }

  package let shape: [Int]
  package let values: Values

  /// All elements as float32: integers rounded, true as 1 and false as 0.
  package var floats: [Float] {
    switch values {
    case .float(let elements): elements
    case .int(let elements): elements.map(Float.init)
    case .bool(let elements): elements.map { $0 ? 1 : 0 }
    }
  }

  /// The first `count` slices along the leading dimension.
  func rows(_ count: Int) -> OutputTensor {
    guard let all = shape.first, all > count else { return self }
    let width = shape.dropFirst().reduce(1, *)
    let kept: Values =
      switch values {
      case .float(let elements): .float(Array(elements.prefix(count * width)))
      case .int(let elements): .int(Array(elements.prefix(count * width)))
      case .bool(let elements): .bool(Array(elements.prefix(count * width)))
      }
    return OutputTensor(shape: [count] + shape.dropFirst(), values: kept)
  }
}

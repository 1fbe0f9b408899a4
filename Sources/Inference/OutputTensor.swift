/// The values of one output, in row-major order.
package struct OutputTensor: Sendable, Equatable {
  package let shape: [Int]
  package let elementType: ScalarType
  /// Integers are rounded to float32. `true` is 1 and `false` is 0.
  package let floats: [Float]

  /// Copies the elements out of an engine's memory.
  package init(
    _ memory: UnsafeMutableRawBufferPointer, type: ScalarType, shape: [Int]
  ) throws(EngineError) {
    (self.shape, elementType, floats) = (shape, type, try memory.floats(of: type))
  }

  private init(shape: [Int], elementType: ScalarType, floats: [Float]) {
    (self.shape, self.elementType, self.floats) = (shape, elementType, floats)
  }

  /// The first `count` slices along the leading dimension.
  func rows(_ count: Int) -> OutputTensor {
    guard let all = shape.first, all > count else { return self }
    let width = shape.dropFirst().reduce(1, *)
    return OutputTensor(
      shape: [count] + shape.dropFirst(), elementType: elementType,
      floats: Array(floats.prefix(count * width)))
  }
}

/// Converts between float32 and the element type of a model's input or output.
extension UnsafeMutableRawBufferPointer {
  /// Writes `values`, then repeats the last row, which has `values.count / rows` values, until the memory is
  /// full.
  ///
  /// Repeating a real image is safer than padding with zeros, which could cause infinities in a network that
  /// divides by a norm. Values are rounded to the nearest value of an integer type, and NaN becomes 0.
  package func write(_ values: BatchValues, rows: Int, as type: ScalarType) throws(EngineError) {
    let row = values.count / Swift.max(rows, 1)
    switch type {
    case .float32: fill(Float.self, values, row) { $0 }
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
      case .float16: fill(Float16.self, values, row) { Float16($0) }
    #endif
    case .float64: fill(Double.self, values, row) { Double($0) }
    case .uint8: fill(UInt8.self, values, row, nearest)
    case .int8: fill(Int8.self, values, row, nearest)
    case .int32: fill(Int32.self, values, row, nearest)
    case .int64: fill(Int64.self, values, row, nearest)
    default: throw EngineError(.shapeMismatch, "an input of type \(type) cannot hold an image")
    }
  }

  fileprivate func floats(of type: ScalarType) throws(EngineError) -> [Float] {
    switch type {
    case .float32: Array(bindMemory(to: Float.self))
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
      case .float16: bindMemory(to: Float16.self).map(Float.init)
    #endif
    // bfloat16 is the upper half of a float32.
    case .bfloat16: bindMemory(to: UInt16.self).map { Float(bitPattern: UInt32($0) << 16) }
    case .float64: bindMemory(to: Double.self).map(Float.init)
    case .int8: bindMemory(to: Int8.self).map(Float.init)
    case .int16: bindMemory(to: Int16.self).map(Float.init)
    case .int32: bindMemory(to: Int32.self).map(Float.init)
    case .int64: bindMemory(to: Int64.self).map(Float.init)
    case .uint8: map(Float.init)
    case .uint16: bindMemory(to: UInt16.self).map(Float.init)
    case .uint32: bindMemory(to: UInt32.self).map(Float.init)
    case .uint64: bindMemory(to: UInt64.self).map(Float.init)
    case .bool: map { $0 == 0 ? 0 : 1 }
    default:
      throw EngineError(.unreadableOutput, "the elements of an output cannot be read as numbers")
    }
  }

  private func fill<Element>(
    _ type: Element.Type, _ values: BatchValues, _ row: Int, _ convert: (Float) -> Element
  ) {
    let elements = bindMemory(to: type)
    values.withBuffer { values in
      for index in values.indices { elements[index] = convert(values[index]) }
    }
    for index in values.count..<Swift.max(values.count, elements.count) {
      elements[index] = elements[index - row]
    }
  }

  private func nearest<Element: FixedWidthInteger>(_ value: Float) -> Element {
    guard !value.isNaN else { return 0 }
    let rounded = value.rounded(.toNearestOrEven)
    if let exact = Element(exactly: rounded) { return exact }
    return rounded < 0 ? .min : .max
  }
}

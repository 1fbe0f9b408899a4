/// The values of one output, in row-major order.
package struct OutputTensor: Sendable, Equatable {
  package let shape: [Int]
  package let elementType: ScalarType
  /// Integers rounded to float32; true is 1 and false 0.
  package let floats: [Float]

  /// The first `count` slices along the leading dimension.
  func rows(_ count: Int) -> OutputTensor {
    guard let all = shape.first, all > count else { return self }
    let width = shape.dropFirst().reduce(1, *)
    return OutputTensor(
      shape: [count] + shape.dropFirst(), elementType: elementType,
      floats: Array(floats.prefix(count * width)))
  }
}

/// Between float32 and the element type that a model's input or output has.
extension TensorHandle {
  /// Writes `values`, then repeats the last `values.count / rows` of them until the tensor is full.
  ///
  /// Repeating a real image keeps padding from raising infinities that a row of zeros could in a network
  /// that divides by a norm. Integer types get the nearest value they can hold, NaN becomes 0.
  func write(_ values: [Float], rows: Int) throws(EngineError) {
    let row = values.count / max(rows, 1)
    let type = try elementType()
    try withBytes { memory throws(EngineError) in
      switch type {
      case .float32: fill(memory, Float.self, values, row) { $0 }
      case .float16: fill(memory, Float16.self, values, row) { Float16($0) }
      case .float64: fill(memory, Double.self, values, row) { Double($0) }
      case .uint8: fill(memory, UInt8.self, values, row, nearest)
      case .int8: fill(memory, Int8.self, values, row, nearest)
      case .int32: fill(memory, Int32.self, values, row, nearest)
      case .int64: fill(memory, Int64.self, values, row, nearest)
      default: throw EngineError(.shapeMismatch, "an input of type \(type) cannot hold an image")
      }
    }
  }

  /// Copies the elements out of the engine's memory.
  func read() throws(EngineError) -> OutputTensor {
    let type = try elementType()
    let values = try withBytes { memory throws(EngineError) -> [Float] in
      switch type {
      case .float32: Array(memory.bindMemory(to: Float.self))
      case .float16: memory.bindMemory(to: Float16.self).map(Float.init)
      // bfloat16 is the upper half of a float32.
      case .bfloat16: memory.bindMemory(to: UInt16.self).map { Float(bitPattern: UInt32($0) << 16) }
      case .float64: memory.bindMemory(to: Double.self).map(Float.init)
      case .int8: memory.bindMemory(to: Int8.self).map(Float.init)
      case .int16: memory.bindMemory(to: Int16.self).map(Float.init)
      case .int32: memory.bindMemory(to: Int32.self).map(Float.init)
      case .int64: memory.bindMemory(to: Int64.self).map(Float.init)
      case .uint8: memory.map(Float.init)
      case .uint16: memory.bindMemory(to: UInt16.self).map(Float.init)
      case .uint32: memory.bindMemory(to: UInt32.self).map(Float.init)
      case .uint64: memory.bindMemory(to: UInt64.self).map(Float.init)
      case .bool: memory.map { $0 == 0 ? 0 : 1 }
      case .other:
        throw EngineError(.unreadableOutput, "the elements of an output cannot be read as numbers")
      }
    }
    return OutputTensor(shape: try shape(), elementType: type, floats: values)
  }

  private func fill<Element>(
    _ memory: UnsafeMutableRawBufferPointer, _ type: Element.Type, _ values: [Float], _ row: Int,
    _ convert: (Float) -> Element
  ) {
    let elements = memory.bindMemory(to: type)
    for index in values.indices { elements[index] = convert(values[index]) }
    for index in values.count..<max(values.count, elements.count) { elements[index] = elements[index - row] }
  }

  private func nearest<Element: FixedWidthInteger>(_ value: Float) -> Element {
    guard !value.isNaN else { return 0 }
    let rounded = value.rounded(.toNearestOrEven)
    if let exact = Element(exactly: rounded) { return exact }
    return rounded < 0 ? .min : .max
  }
}

import COpenVINO

/// One `ov_tensor`: memory of the engine, written for inputs and read for outputs.
final class TensorHandle: Handle {
  /// New memory for elements of `type`.
  convenience init(library: OpenVINOLibrary, type: ScalarType, shape: [Int]) throws(EngineError) {
    let context = "no memory for a \(type) tensor of shape \(shape)"
    guard let engineType = type.engineType else { throw EngineError(.shapeMismatch, context) }
    var dimensions = ov_shape_t()
    try library.check(
      library.table.ov_shape_create(Int64(shape.count), shape.map(Int64.init), &dimensions),
      .inferenceFailed, context)
    defer { _ = library.table.ov_shape_free(&dimensions) }
    self.init(
      library,
      try library.handle(.inferenceFailed, context) {
        library.table.ov_tensor_create(engineType, dimensions, $0)
      })
  }

  deinit { library.table.ov_tensor_free(pointer) }

  func elementType() throws(EngineError) -> ScalarType {
    var type = ov_element_type_e(0)
    try library.check(
      library.table.ov_tensor_get_element_type(pointer, &type), .inferenceFailed, "the type of a tensor")
    return ScalarType(type)
  }

  func shape() throws(EngineError) -> [Int] {
    var shape = ov_shape_t()
    let status = library.table.ov_tensor_get_shape(pointer, &shape)
    // The C API cannot express a scalar's empty shape, and says so by this status.
    if status == INVALID_C_PARAM { return [] }
    try library.check(status, .inferenceFailed, "the shape of a tensor")
    defer { _ = library.table.ov_shape_free(&shape) }
    return UnsafeBufferPointer(start: shape.dims, count: Int(shape.rank)).map { Int($0) }
  }

  /// Passes on the engine's memory, which is valid within `use` alone.
  func withBytes<Result>(
    _ use: (UnsafeMutableRawBufferPointer) throws(EngineError) -> Result
  ) throws(EngineError) -> Result {
    var count = 0
    var start: UnsafeMutableRawPointer?
    try library.check(
      library.table.ov_tensor_get_byte_size(pointer, &count), .inferenceFailed, "the size of a tensor")
    // An empty tensor has no memory to ask for.
    if count > 0 {
      try library.check(
        library.table.ov_tensor_data(pointer, &start), .inferenceFailed, "the memory of a tensor")
    }
    defer { withExtendedLifetime(self) {} }
    return try use(UnsafeMutableRawBufferPointer(start: start, count: count))
  }
}

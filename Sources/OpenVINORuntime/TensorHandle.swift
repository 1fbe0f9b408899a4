import COpenVINO
import Inference

/// One `ov_tensor`: memory of the engine. Inputs are written to it, and outputs are read from it.
final class TensorHandle: Handle {
  /// New memory for elements of `type`.
  convenience init(library: OpenVINOLibrary, type: ScalarType, shape: [Int]) throws(EngineError) {
    guard let engineType = type.engineType else {
      throw EngineError(.shapeMismatch, "the engine has no tensors of \(type)")
    }
    try self.init(library, shape: shape) { library.table.ov_tensor_create(engineType, $0, $1) }
  }

  /// Float32 values in existing memory, which stays in place and which the engine only reads.
  convenience init(
    library: OpenVINOLibrary, borrowing values: BorrowedValues, shape: [Int]
  ) throws(EngineError) {
    let start = UnsafeMutableRawPointer(mutating: values.start)
    try self.init(library, shape: shape) {
      library.table.ov_tensor_create_from_host_ptr(F32, $0, start, $1)
    }
  }

  private convenience init(
    _ library: OpenVINOLibrary, shape: [Int],
    create: (ov_shape_t, UnsafeMutablePointer<OpaquePointer?>) -> ov_status_e
  ) throws(EngineError) {
    let context = "no memory for a tensor of shape \(shape)"
    var dimensions = ov_shape_t()
    try library.check(
      library.table.ov_shape_create(Int64(shape.count), shape.map(Int64.init), &dimensions),
      .inferenceFailed, context)
    defer { _ = library.table.ov_shape_free(&dimensions) }
    self.init(
      library,
      try library.handle(.inferenceFailed, context) {
        create(dimensions, $0)
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
    // The C API cannot represent a scalar's empty shape, and returns this status.
    if status == INVALID_C_PARAM { return [] }
    try library.check(status, .inferenceFailed, "the shape of a tensor")
    defer { _ = library.table.ov_shape_free(&shape) }
    return UnsafeBufferPointer(start: shape.dims, count: Int(shape.rank)).map { Int($0) }
  }

  /// Copies the elements out of the engine's memory.
  func read() throws(EngineError) -> OutputTensor {
    let (type, shape) = (try elementType(), try shape())
    return try withBytes { memory throws(EngineError) in try OutputTensor(memory, type: type, shape: shape) }
  }

  /// Passes the engine's memory to `use`. It is valid only during that call.
  func withBytes<Result>(
    _ use: (UnsafeMutableRawBufferPointer) throws(EngineError) -> Result
  ) throws(EngineError) -> Result {
    var count = 0
    var start: UnsafeMutableRawPointer?
    try library.check(
      library.table.ov_tensor_get_byte_size(pointer, &count), .inferenceFailed, "the size of a tensor")
    // An empty tensor has no memory.
    if count > 0 {
      try library.check(
        library.table.ov_tensor_data(pointer, &start), .inferenceFailed, "the memory of a tensor")
    }
    defer { withExtendedLifetime(self) {} }
    return try use(UnsafeMutableRawBufferPointer(start: start, count: count))
  }
}

import COpenVINO

/// An input or an output of a model.
public struct Port: Sendable, Equatable {
  /// One of the names that the tensor has in the ONNX file.
  public let name: String
  public let elementType: ElementType
  /// Dimensions in order; nil is a free one. Empty for a scalar, and where `hasRank` is false.
  public let shape: [Int?]
  /// False where the model leaves even the number of dimensions open.
  public let hasRank: Bool
}

/// One `ov_output_const_port`.
final class PortHandle {
  let pointer: OpaquePointer
  private let library: OpenVINOLibrary

  init(library: OpenVINOLibrary, pointer: OpaquePointer) {
    self.library = library
    self.pointer = pointer
  }

  deinit { library.table.ov_output_const_port_free(pointer) }

  func description() throws(EngineError) -> Port {
    let shape = try shape()
    return Port(
      name: try name(), elementType: try elementType(), shape: shape ?? [], hasRank: shape != nil)
  }

  func name() throws(EngineError) -> String {
    var text: UnsafeMutablePointer<CChar>?
    try library.check(
      library.table.ov_port_get_any_name(pointer, &text), .modelRejected, "the name of a tensor")
    defer { library.table.ov_free(text) }
    return text.map { String(cString: $0) } ?? ""
  }

  func elementType() throws(EngineError) -> ElementType {
    var type = ov_element_type_e(0)
    try library.check(
      library.table.ov_port_get_element_type(pointer, &type), .modelRejected, "the type of a tensor")
    return ElementType(type)
  }

  /// The dimensions, nil for a free one; nil as a whole where their number is free too.
  func shape() throws(EngineError) -> [Int?]? {
    var partial = ov_partial_shape_t()
    try library.check(
      library.table.ov_port_get_partial_shape(pointer, &partial), .modelRejected, "the shape of a tensor")
    defer { library.table.ov_partial_shape_free(&partial) }
    guard let rank = partial.rank.fixed else { return nil }
    return UnsafeBufferPointer(start: partial.dims, count: rank).map(\.fixed)
  }
}

extension ov_dimension_t {
  /// The value that this dimension always has, nil where it is free.
  fileprivate var fixed: Int? { min == max ? Int(min) : nil }
}

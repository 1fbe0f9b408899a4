import COpenVINO

/// One `ov_model`: a network that was read and not yet compiled.
final class Model {
  let core: Core
  let pointer: OpaquePointer

  init(core: Core, pointer: OpaquePointer) {
    self.core = core
    self.pointer = pointer
  }

  deinit { library.table.ov_model_free(pointer) }

  private var library: OpenVINOLibrary { core.library }

  func input(named name: String) throws(EngineError) -> PortHandle {
    try port(.shapeMismatch, "the model has no input \"\(name)\"") {
      library.table.ov_model_const_input_by_name(pointer, name, $0)
    }
  }

  func output(named name: String) throws(EngineError) -> PortHandle {
    try port(.unreadableOutput, "the model has no output \"\(name)\"") {
      library.table.ov_model_const_output_by_name(pointer, name, $0)
    }
  }

  func outputs() throws(EngineError) -> [PortHandle] {
    var count = 0
    try library.check(
      library.table.ov_model_outputs_size(pointer, &count), .modelRejected, "the model's outputs")
    var ports: [PortHandle] = []
    for index in 0..<count {
      ports.append(
        try port(.modelRejected, "output \(index) of the model") {
          library.table.ov_model_const_output_by_index(pointer, index, $0)
        })
    }
    return ports
  }

  /// Fixes the shape of the input called `name`, and infers all shapes that follow from it.
  func reshape(input name: String, to shape: [Int]) throws(EngineError) {
    var partial = ov_partial_shape_t()
    let context = "input \"\(name)\" cannot have the shape \(shape)"
    try library.check(
      library.table.ov_partial_shape_create_static(Int64(shape.count), shape.map(Int64.init), &partial),
      .shapeMismatch, context)
    defer { library.table.ov_partial_shape_free(&partial) }
    let status = name.withCString { text in
      var names: UnsafePointer<CChar>? = text
      return library.table.ov_model_reshape(pointer, &names, &partial, 1)
    }
    try library.check(status, .shapeMismatch, context)
  }

  private func port(
    _ code: EngineError.Code, _ context: @autoclosure () -> String,
    _ create: (UnsafeMutablePointer<OpaquePointer?>) -> ov_status_e
  ) throws(EngineError) -> PortHandle {
    PortHandle(library: library, pointer: try library.handle(code, context(), create))
  }
}

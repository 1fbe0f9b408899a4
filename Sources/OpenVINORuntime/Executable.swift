import COpenVINO

/// One `ov_compiled_model`. Unchecked: it is only read after it was made, which OpenVINO allows from any
/// thread.
final class Executable: @unchecked Sendable {
  let core: Core
  let pointer: OpaquePointer

  init(core: Core, pointer: OpaquePointer) {
    self.core = core
    self.pointer = pointer
  }

  deinit { library.table.ov_compiled_model_free(pointer) }

  var library: OpenVINOLibrary { core.library }

  func inputs() throws(EngineError) -> [Port] {
    try ports(library.table.ov_compiled_model_inputs_size, library.table.ov_compiled_model_input_by_index)
  }

  func outputs() throws(EngineError) -> [Port] {
    try ports(library.table.ov_compiled_model_outputs_size, library.table.ov_compiled_model_output_by_index)
  }

  /// The output that has `name` among its names: one tensor may have several in an ONNX file.
  func output(named name: String) throws(EngineError) -> PortHandle {
    let port = try library.handle(.unreadableOutput, "the model has no output \"\(name)\"") {
      library.table.ov_compiled_model_output_by_name(pointer, name, $0)
    }
    return PortHandle(library: library, pointer: port)
  }

  private typealias Count = @convention(c) (OpaquePointer?, UnsafeMutablePointer<Int>?) -> ov_status_e
  private typealias ByIndex =
    @convention(c) (OpaquePointer?, Int, UnsafeMutablePointer<OpaquePointer?>?) -> ov_status_e

  private func ports(_ size: Count?, _ byIndex: ByIndex?) throws(EngineError) -> [Port] {
    guard let size, let byIndex else { return [] }
    var count = 0
    try library.check(size(pointer, &count), .modelRejected, "the model's inputs and outputs")
    var ports: [Port] = []
    for index in 0..<count {
      let port = try library.handle(.modelRejected, "input or output \(index) of the model") {
        byIndex(pointer, index, $0)
      }
      ports.append(try PortHandle(library: library, pointer: port).description())
    }
    return ports
  }
}

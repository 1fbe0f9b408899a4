import COpenVINO
import Inference

/// One `ov_compiled_model`. Unchecked: it is only read after it was made, which OpenVINO allows from any
/// thread.
final class Executable: Handle, @unchecked Sendable {
  /// Stays as long as what it has compiled.
  private let core: Core

  init(core: Core, _ pointer: OpaquePointer) {
    self.core = core
    super.init(core.library, pointer)
  }

  deinit { library.table.ov_compiled_model_free(pointer) }

  func inputs() throws(EngineError) -> [TensorPort] {
    try library.ports("input", count: { library.table.ov_compiled_model_inputs_size(pointer, $0) }) {
      library.table.ov_compiled_model_input_by_index(pointer, $0, $1)
    }
  }

  func outputs() throws(EngineError) -> [TensorPort] {
    try library.ports("output", count: { library.table.ov_compiled_model_outputs_size(pointer, $0) }) {
      library.table.ov_compiled_model_output_by_index(pointer, $0, $1)
    }
  }

  /// The output that has `name` among its names: one tensor may have several in an ONNX file.
  func output(named name: String) throws(EngineError) -> PortHandle {
    try library.port(.unreadableOutput, "the model has no output \"\(name)\"") {
      library.table.ov_compiled_model_output_by_name(pointer, name, $0)
    }
  }
}

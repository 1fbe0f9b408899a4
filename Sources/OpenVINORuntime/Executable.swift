import COpenVINO
import Inference

/// One `ov_compiled_model`. Unchecked, because it is only read after its creation. OpenVINO allows that from
/// any thread.
final class Executable: Handle, @unchecked Sendable {
  /// Must live as long as the models that it has compiled.
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

  /// The output with this name. In an ONNX file, one tensor may have several names.
  func output(named name: String) throws(EngineError) -> PortHandle {
    try library.port(.unreadableOutput, "the model has no output \"\(name)\"") {
      library.table.ov_compiled_model_output_by_name(pointer, name, $0)
    }
  }
}

import COpenVINO
import Foundation
import Inference

/// One `ov_core`. It reads models and compiles them. Unchecked, because OpenVINO's core may be used from any
/// thread.
final class Core: Handle, @unchecked Sendable {
  convenience init(library: OpenVINOLibrary) throws(EngineError) {
    self.init(
      library,
      try library.handle(.engineMissing, "OpenVINO does not start") { library.table.ov_core_create($0) })
    loadProcessor()
  }

  /// Loads the CPU plugin on a separate thread.
  ///
  /// On a CPU with AMX, the plugin gives the thread that loads it another signal stack, and frees that stack
  /// with the core. If another thread frees the core, the first thread keeps a freed signal stack, and its
  /// next signal ends the process. In Python, Ctrl-C is such a signal.
  private func loadProcessor() {
    let isLoaded = DispatchSemaphore(value: 0)
    Thread.detachNewThread { [self] in
      // A failure is reported when the processor is used.
      _ = try? property("FULL_DEVICE_NAME", of: OpenVINOEngine.processor)
      isLoaded.signal()
    }
    isLoaded.wait()
  }

  deinit { library.table.ov_core_free(pointer) }

  /// Whether a device computes in `precision` natively.
  func supports(_ precision: Precision, on device: String) throws(EngineError) -> Bool {
    guard precision == .bf16 else { return true }
    return try property("OPTIMIZATION_CAPABILITIES", of: device).split(separator: " ").contains("BF16")
  }

  /// The devices that OpenVINO finds on this machine.
  func devices() throws(EngineError) -> [String] {
    var list = ov_available_devices_t()
    try library.check(
      library.table.ov_core_get_available_devices(pointer, &list), .badDevice, "the devices of OpenVINO")
    defer { library.table.ov_available_devices_free(&list) }
    return UnsafeBufferPointer(start: list.devices, count: list.size)
      .compactMap { $0.map { String(cString: $0) } }
  }

  /// The value of a device's property.
  func property(_ name: String, of device: String) throws(EngineError) -> String {
    var text: UnsafeMutablePointer<CChar>?
    let status = library.table.ov_core_get_property(pointer, device, name, &text)
    let isProcessor = device == OpenVINOEngine.processor
    try library.check(
      status, isProcessor ? .engineMissing : .badDevice,
      "OpenVINO does not report \(name) of \(device)\(isProcessor ? ": run Scripts/setup again" : "")")
    defer { library.table.ov_free(text) }
    return text.map { String(cString: $0) } ?? ""
  }

  /// Parses the bytes of an ONNX file.
  func read(_ bytes: Data, name: String = "the model") throws(EngineError) -> ModelHandle {
    let model = try library.handle(.modelRejected, "the engine cannot read \(name)") { model in
      bytes.withUnsafeBytes { buffer in
        library.table.ov_core_read_model_from_memory_buffer(
          pointer, buffer.bindMemory(to: CChar.self).baseAddress, buffer.count, nil, model)
      }
    }
    return ModelHandle(library, model)
  }

  /// Compiles `model` for a device.
  func compile(
    _ model: ModelHandle, name: String = "the model", device: String = OpenVINOEngine.processor,
    options: EngineOptions
  ) throws(EngineError) -> Executable {
    let executable = try library.handle(.modelRejected, "the engine cannot compile \(name)") { compiled in
      withUnsafePointer(to: library.table) { table in
        oddity_openvino_compile(
          table, pointer, model.pointer, device, options.precision.rawValue,
          Int32(clamping: options.threads ?? 0),
          Int32(clamping: max(options.streams, 1)), options.cacheDirectory ?? "", compiled)
      }
    }
    return Executable(core: self, executable)
  }
}

/// One `ov_model`: a network that was read, but not compiled.
final class ModelHandle: Handle {
  deinit { library.table.ov_model_free(pointer) }

  func input(named name: String) throws(EngineError) -> PortHandle {
    try library.port(.shapeMismatch, "the model has no input \"\(name)\"") {
      library.table.ov_model_const_input_by_name(pointer, name, $0)
    }
  }

  func output(named name: String) throws(EngineError) -> PortHandle {
    try library.port(.unreadableOutput, "the model has no output \"\(name)\"") {
      library.table.ov_model_const_output_by_name(pointer, name, $0)
    }
  }

  func outputs() throws(EngineError) -> [TensorPort] {
    try library.ports("output", count: { library.table.ov_model_outputs_size(pointer, $0) }) {
      library.table.ov_model_const_output_by_index(pointer, $0, $1)
    }
  }

  /// Fixes the shape of one input, and infers all shapes that depend on it.
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
}

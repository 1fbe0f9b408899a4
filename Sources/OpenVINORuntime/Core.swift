import COpenVINO
import Foundation

/// One `ov_core`: reads models and compiles them. Unchecked: OpenVINO's core may be used from any thread.
final class Core: @unchecked Sendable {
  let library: OpenVINOLibrary
  let pointer: OpaquePointer

  init(library: OpenVINOLibrary) throws(EngineError) {
    self.library = library
    pointer = try library.handle(.engineMissing, "OpenVINO does not start") {
      library.table.ov_core_create($0)
    }
  }

  deinit { library.table.ov_core_free(pointer) }

  /// Whether the processor computes in `precision` natively.
  func supports(_ precision: Precision) throws(EngineError) -> Bool {
    guard precision == .bf16 else { return true }
    var text: UnsafeMutablePointer<CChar>?
    let status = library.table.ov_core_get_property(pointer, "CPU", "OPTIMIZATION_CAPABILITIES", &text)
    try library.check(status, .engineMissing, "OpenVINO has no CPU plug-in: run Scripts/setup again")
    defer { library.table.ov_free(text) }
    return text.map { String(cString: $0).split(separator: " ").contains("BF16") } ?? false
  }

  /// Parses the bytes of an ONNX file.
  func read(_ bytes: Data, name: String = "the model") throws(EngineError) -> Model {
    let model = try library.handle(.modelRejected, "the engine cannot read \(name)") { model in
      bytes.withUnsafeBytes { buffer in
        library.table.ov_core_read_model_from_memory_buffer(
          pointer, buffer.bindMemory(to: CChar.self).baseAddress, buffer.count, nil, model)
      }
    }
    return Model(core: self, pointer: model)
  }

  /// Compiles `model` for the CPU.
  func compile(
    _ model: Model, name: String = "the model", options: EngineOptions
  ) throws(EngineError) -> Executable {
    let executable = try library.handle(.modelRejected, "the engine cannot compile \(name)") { compiled in
      Self.withProperties(options) { properties in
        withUnsafePointer(to: library.table) { table in
          oddity_openvino_compile(table, pointer, model.pointer, properties, compiled)
        }
      }
    }
    return Executable(core: self, pointer: executable)
  }

  private static func withProperties<Result>(
    _ options: EngineOptions, _ body: (oddity_openvino_properties_t) -> Result
  ) -> Result {
    options.precision.rawValue.withCString { precision in
      (options.cacheDirectory ?? "").withCString { cache in
        body(
          .init(
            precision: precision, threads: Int32(clamping: options.threads ?? 0),
            streams: Int32(clamping: max(options.streams, 1)), cache_dir: cache
          ))
      }
    }
  }
}

import CONNXRuntime
import Foundation
import Inference

/// ONNX Runtime's library, opened once per process. It is never closed, because its threads outlive any
/// engine.
///
/// Unchecked, because all members are set before the value is published and are only read afterwards. ONNX
/// Runtime's functions may be called from any thread.
final class ONNXRuntimeLibrary: @unchecked Sendable {
  let table: oddity_ort_t
  /// For example "1.32.0".
  let version: String
  let path: String
  /// One `OrtEnv` for all sessions. A process has at most one, and it is never freed.
  let environment: OpaquePointer
  /// The `OrtMemoryInfo` of tensors in ordinary memory. It is never freed.
  let memory: OpaquePointer
  /// Frees the names that ONNX Runtime returns. ONNX Runtime owns it.
  let allocator: OpaquePointer

  private static let opened = Result { () throws(EngineError) in
    try ONNXRuntimeLibrary(candidates: LibrarySearch.onnxRuntime.candidates())
  }

  /// The library of this process. The first call opens it.
  static func shared() throws(EngineError) -> ONNXRuntimeLibrary { try opened.get() }

  static let advice = """
    install ONNX Runtime 1.20 or later (pip install onnxruntime), or set \(LibrarySearch.onnxRuntime.variable) to the path \
    of libonnxruntime
    """

  /// Opens the first of `candidates` that the loader accepts.
  init(candidates: [String]) throws(EngineError) {
    let library = try SharedLibrary(candidates, title: "ONNX Runtime", advice: Self.advice)
    guard let text = oddity_ort_version(library.handle) else {
      throw EngineError(.engineMissing, "\(library.file) is not ONNX Runtime: \(Self.advice)")
    }
    version = String(cString: text)
    path = library.path(of: text)
    var table = oddity_ort_t()
    guard oddity_ort_resolve(library.handle, &table) == 0 else {
      throw EngineError(.engineMissing, "ONNX Runtime \(version) is too old: \(Self.advice)")
    }
    self.table = table
    environment = try table.made("ONNX Runtime does not start") {
      table.CreateEnv(Int32(ODDITY_ORT_LOG_FATAL), "oddity", $0)
    }
    memory = try table.made("the memory of ONNX Runtime") {
      table.CreateCpuMemoryInfo(Int32(ODDITY_ORT_ARENA_ALLOCATOR), Int32(ODDITY_ORT_MEMORY_DEFAULT), $0)
    }
    allocator = try table.made("the memory of ONNX Runtime") { table.GetAllocatorWithDefaultOptions($0) }
    try table.check(
      table.DisableTelemetryEvents(environment), .engineMissing, "the telemetry of ONNX Runtime")
  }

  /// The execution providers of this build, such as "CPUExecutionProvider".
  func providers() throws(EngineError) -> [String] {
    var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    var count: Int32 = 0
    try table.check(
      table.GetAvailableProviders(&names, &count), .badDevice, "the execution providers of ONNX Runtime")
    defer { if let status = table.ReleaseAvailableProviders(names, count) { table.ReleaseStatus(status) } }
    return UnsafeBufferPointer(start: names, count: Int(count)).compactMap { $0.map { String(cString: $0) } }
  }
}

extension LibrarySearch {
  static var onnxRuntime: LibrarySearch {
    #if os(macOS)
      let names = ["libonnxruntime.1.dylib", "libonnxruntime.dylib"]
    #else
      let names = ["libonnxruntime.so.1", "libonnxruntime.so"]
    #endif
    return LibrarySearch(
      variable: "ODDITY_ONNXRUNTIME_LIBRARY", names: names, developmentFolder: ".build-engine/onnxruntime",
      versionedPrefix: "libonnxruntime.so.1.")
  }
}

extension oddity_ort_t {
  /// Throws if `status` is an error. The error is `context`, followed by ONNX Runtime's own message,
  /// shortened.
  func check(
    _ status: OpaquePointer?, _ code: EngineError.Code, _ context: @autoclosure () -> String
  ) throws(EngineError) {
    guard let status else { return }
    defer { ReleaseStatus(status) }
    let whole = GetErrorMessage(status).map { String(cString: $0) } ?? "no reason given"
    throw EngineError(code, "\(context()): \(RuntimeMessage.essential(of: whole))", underlying: whole)
  }

  /// The handle that `create` writes. Throws the same errors as `check`.
  func made(
    _ context: @autoclosure () -> String, _ code: EngineError.Code = .engineMissing,
    _ create: (UnsafeMutablePointer<OpaquePointer?>) -> OpaquePointer?
  ) throws(EngineError) -> OpaquePointer {
    var pointer: OpaquePointer?
    try check(create(&pointer), code, context())
    guard let pointer else { throw EngineError(code, "\(context()): ONNX Runtime gave no handle") }
    return pointer
  }
}

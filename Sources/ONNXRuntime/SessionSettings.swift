import CONNXRuntime
import Foundation
import Inference

/// One `OrtSessionOptions`.
final class SessionSettings {
  let library: ONNXRuntimeLibrary
  let pointer: OpaquePointer

  init(_ library: ONNXRuntimeLibrary) throws(EngineError) {
    self.library = library
    pointer = try library.table.made("the settings of a session") { library.table.CreateSessionOptions($0) }
  }

  deinit { library.table.ReleaseSessionOptions(pointer) }

  /// - Parameter optimises: whether ONNX Runtime may replace nodes by faster ones with the same results.
  func set(threads: Int, optimises: Bool = true) throws(EngineError) {
    let table = library.table
    let level = Int32(optimises ? ODDITY_ORT_OPTIMISE_ALL : ODDITY_ORT_OPTIMISE_NOTHING)
    try check(table.SetSessionGraphOptimizationLevel(pointer, level), "the optimisation of a session")
    try check(table.SetIntraOpNumThreads(pointer, Int32(clamping: threads)), "the threads of a session")
    try check(table.SetInterOpNumThreads(pointer, 1), "the threads of a session")
    // Threads that spin while they wait would take cores from the threads that decode images.
    try check(
      table.AddSessionConfigEntry(pointer, "session.intra_op.allow_spinning", "0"), "the threads of a session"
    )
  }

  /// Adds a device. The processor runs the nodes that the device does not support.
  ///
  /// - Parameter memory: the bytes of the device's memory that tensors may use; nil for all of it.
  func add(_ device: RuntimeDevice, memory: Int? = nil) throws(EngineError) {
    guard memory == nil || device.kind.limitsMemory else {
      throw EngineError(
        .badDevice,
        "\(device.name) does not support a memory limit: leave the limit out, or name a cuda device")
    }
    switch device.kind {
    case .cpu: break
    case .cuda: try addCUDA(device.number, memory: memory)
    case .tensorrt: try addTensorRT(device.number)
    // The other model format computes in half precision.
    case .coreml: try add("CoreML", ["ModelFormat": "MLProgram"])
    case .xnnpack: try add("XNNPACK")
    case .webgpu: try add("WebGPU")
    }
  }

  /// Passes the weight files to ONNX Runtime, because a network in memory has no folder in which to look for
  /// them. ONNX Runtime reads them when it creates a session.
  func add(weightsOf network: NetworkFile) throws(EngineError) {
    guard !network.weightFiles.isEmpty else { return }
    // Objects, unlike a small `Data`, keep their bytes at one address.
    weights = try network.weightFiles.map { path throws(EngineError) in
      do {
        return try NSData(contentsOfFile: path, options: .alwaysMapped)
      } catch {
        throw EngineError(
          .modelRejected, "cannot read \(path), in which \(network.name) keeps its weights",
          underlying: "\(error)")
      }
    }
    var starts = weights.map {
      UnsafeMutablePointer(mutating: $0.bytes.assumingMemoryBound(to: CChar.self)) as CString
    }
    let lengths = weights.map(\.length)
    let status = CStrings(network.weightFiles).withPointers { names in
      library.table.AddExternalInitializersFromFilesInMemory(pointer, names, &starts, lengths, lengths.count)
    }
    try library.table.check(status, .modelRejected, "the weights of \(network.name)")
  }

  private typealias CString = UnsafeMutablePointer<CChar>?

  private var weights: [NSData] = []

  private func add(_ name: String, _ options: [String: String] = [:]) throws(EngineError) {
    let status = withOptions(options) { keys, values in
      library.table.SessionOptionsAppendExecutionProvider(pointer, name, keys, values, options.count)
    }
    try check(status, name, .badDevice)
  }

  private func addCUDA(_ number: Int, memory: Int? = nil) throws(EngineError) {
    let table = library.table
    let cuda = try table.made("CUDA", .badDevice) { table.CreateCUDAProviderOptions($0) }
    defer { table.ReleaseCUDAProviderOptions(cuda) }
    // TensorFloat-32 has only ten bits of mantissa. Memory grows by what is needed, because other programs
    // use the card too.
    var options = [
      "device_id": "\(number)", "use_tf32": "0", "arena_extend_strategy": "kSameAsRequested",
    ]
    if let memory { options["gpu_mem_limit"] = "\(memory)" }
    let status = withOptions(options) { table.UpdateCUDAProviderOptions(cuda, $0, $1, options.count) }
    try check(status, "CUDA", .badDevice)
    try check(
      table.SessionOptionsAppendExecutionProvider_CUDA_V2(pointer, cuda), Self.doesNotStart("cuda"),
      .badDevice)
  }

  private static func doesNotStart(_ device: String) -> String {
    "\(device) does not start here; install the card's driver and the libraries that this ONNX Runtime needs, or name another device"
  }

  /// CUDA is added after TensorRT, for nodes that TensorRT does not support.
  private func addTensorRT(_ number: Int) throws(EngineError) {
    guard ProcessInfo.processInfo.environment["NVIDIA_TF32_OVERRIDE"] == "0" else {
      throw EngineError(
        .unsupportedPrecision,
        "TensorRT by default computes float32 with a precision of ten bits (TensorFloat-32): set "
          + "NVIDIA_TF32_OVERRIDE=0, or name the device cuda")
    }
    let table = library.table
    let tensorRT = try table.made("TensorRT", .badDevice) { table.CreateTensorRTProviderOptions($0) }
    defer { table.ReleaseTensorRTProviderOptions(tensorRT) }
    let options = ["device_id": "\(number)"]
    let status = withOptions(options) { table.UpdateTensorRTProviderOptions(tensorRT, $0, $1, options.count) }
    try check(status, "TensorRT", .badDevice)
    try check(
      table.SessionOptionsAppendExecutionProvider_TensorRT_V2(pointer, tensorRT),
      Self.doesNotStart("tensorrt"),
      .badDevice)
    try addCUDA(number)
  }

  private func withOptions<Result>(
    _ options: [String: String],
    _ use: (UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<UnsafePointer<CChar>?>?) -> Result
  ) -> Result {
    let sorted = options.sorted { $0.key < $1.key }
    return CStrings(sorted.map(\.key)).withPointers { keys in
      CStrings(sorted.map(\.value)).withPointers { values in use(keys, values) }
    }
  }

  private func check(
    _ status: OpaquePointer?, _ context: String, _ code: EngineError.Code = .modelRejected
  ) throws(EngineError) {
    try library.table.check(status, code, context)
  }
}

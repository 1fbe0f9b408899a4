import Inference

/// One of ONNX Runtime's execution providers, and which of several such devices.
struct RuntimeDevice: Sendable, Equatable {
  let kind: Kind
  /// The number of the device, from 0.
  let number: Int

  enum Kind: String, CaseIterable {
    case cpu, cuda, tensorrt, coreml, xnnpack, webgpu

    /// The name that ONNX Runtime uses.
    var provider: String {
      switch self {
      case .cpu: "CPUExecutionProvider"
      case .cuda: "CUDAExecutionProvider"
      case .tensorrt: "TensorrtExecutionProvider"
      case .coreml: "CoreMLExecutionProvider"
      case .xnnpack: "XnnpackExecutionProvider"
      case .webgpu: "WebGpuExecutionProvider"
      }
    }

    var hasSeveral: Bool { [.cuda, .tensorrt].contains(self) }

    /// Whether the memory of tensors can be limited. TensorRT's memory cannot, even if it falls back to CUDA.
    var limitsMemory: Bool { self == .cuda }

    /// The Python package that contains the provider.
    var package: String { [.cuda, .tensorrt].contains(self) ? "onnxruntime-gpu" : "onnxruntime" }
  }

  /// - Parameter text: for example `cpu` or `cuda:1`, in any case.
  /// - Throws: `EngineError` `.badDevice`, whose message lists the valid devices.
  init(_ text: String) throws(EngineError) {
    let parts = text.lowercased().split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let kind = Kind(rawValue: String(parts[0])) else {
      let known = Kind.allCases.map { $0.hasSeveral ? "\($0.rawValue)[:N]" : $0.rawValue }
      throw EngineError(
        .badDevice, "ONNX Runtime's device '\(text)' is not one of \(known.joined(separator: ", "))")
    }
    guard parts.count > 1 else {
      (self.kind, number) = (kind, 0)
      return
    }
    guard kind.hasSeveral, let number = Int(parts[1]), (0..<256).contains(number) else {
      throw EngineError(
        .badDevice,
        kind.hasSeveral
          ? "device '\(text)': the text after the colon must be the number of a graphics card, such as "
            + "\(kind.rawValue):0"
          : "device '\(text)': \(kind.rawValue) takes no number")
    }
    (self.kind, self.number) = (kind, number)
  }

  /// For example `cpu` and `cuda:0`.
  var name: String { kind.hasSeveral ? "\(kind.rawValue):\(number)" : kind.rawValue }

  /// - Throws: `EngineError` `.badDevice` if the library cannot compute on this device.
  func check(in library: ONNXRuntimeLibrary) throws(EngineError) {
    let known = try library.providers()
    guard !known.contains(kind.provider) else { return }
    throw EngineError(
      .badDevice,
      "the ONNX Runtime \(library.version) at \(library.path) has no \(kind.rawValue), only "
        + "\(Self.names(of: known).joined(separator: ", ")): install \(kind.package) with it, or name another device"
    )
  }

  /// The devices of execution providers. Providers that Oddity does not support are left out.
  static func names(of providers: [String]) -> [String] {
    providers.compactMap { provider in Kind.allCases.first { $0.provider == provider }?.rawValue }
  }
}

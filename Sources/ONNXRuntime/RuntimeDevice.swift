import Inference

/// What ONNX Runtime computes on: one of its execution providers, and which of several such devices.
struct RuntimeDevice: Sendable, Equatable {
  let kind: Kind
  /// Which of several, from 0 on.
  let number: Int

  enum Kind: String, CaseIterable {
    case cpu, cuda, tensorrt, coreml, xnnpack, webgpu

    /// As ONNX Runtime lists it.
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

    /// Whether tensors can be held to a part of its memory. TensorRT's are not, even where CUDA's are behind it.
    var limitsMemory: Bool { self == .cuda }

    /// The package of Python's that has it, where it is another one than `onnxruntime`.
    var package: String { [.cuda, .tensorrt].contains(self) ? "onnxruntime-gpu" : "onnxruntime" }
  }

  /// - Parameter text: such as `cpu` or `cuda:1`, in any case.
  /// - Throws: `EngineError` `.badDevice` naming what there is.
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

  /// Such as `cpu` and `cuda:0`.
  var name: String { kind.hasSeveral ? "\(kind.rawValue):\(number)" : kind.rawValue }

  /// - Throws: `EngineError` `.badDevice` where a library cannot compute on it.
  func check(in library: ONNXRuntimeLibrary) throws(EngineError) {
    let known = try library.providers()
    guard !known.contains(kind.provider) else { return }
    throw EngineError(
      .badDevice,
      "the ONNX Runtime \(library.version) at \(library.path) has no \(kind.rawValue), only "
        + "\(Self.names(of: known).joined(separator: ", ")): install \(kind.package) with it, or name another device"
    )
  }

  /// The devices that stand for providers; those that cannot be asked for here are left out.
  static func names(of providers: [String]) -> [String] {
    providers.compactMap { provider in Kind.allCases.first { $0.provider == provider }?.rawValue }
  }
}

import Foundation
import ONNXRuntime
import OpenVINORuntime

/// Which engine runs networks, and on which device.
public struct EngineChoice: Sendable, Equatable {
  /// The engines that Oddity can run a network with.
  public enum Name: String, Sendable, CaseIterable, Codable {
    case openvino, onnxruntime

    /// The name in messages.
    public var title: String {
      switch self {
      case .openvino: "OpenVINO"
      case .onnxruntime: "ONNX Runtime"
      }
    }

    /// The device that every installation has, and that is used by default.
    public var processor: String {
      switch self {
      case .openvino: OpenVINOEngine.processor
      case .onnxruntime: ONNXRuntimeEngine.processor
      }
    }
  }

  /// nil means OpenVINO, or ONNX Runtime if OpenVINO is not installed.
  public var name: Name?
  /// The name of the device in the engine, in any case, such as `GPU` or `cuda:1`. nil means the processor.
  public var device: String?

  public init(_ name: Name? = nil, device: String? = nil) {
    self.name = name
    self.device = device
  }

  /// The engine that is named here, or otherwise by the variables `ODDITY_ENGINE` and `ODDITY_DEVICE`.
  ///
  /// A device belongs to its engine. The variable's device is therefore ignored if another engine is named
  /// here.
  ///
  /// - Throws: ``EngineError`` `.badDevice` if the variable is used and does not name an engine.
  public static func chosen(
    _ name: Name? = nil, device: String? = nil,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(EngineError) -> EngineChoice {
    func value(_ variable: String) -> String? {
      environment[variable].flatMap { $0.isEmpty ? nil : $0 }
    }
    let text = value("ODDITY_ENGINE")
    let known = text.flatMap { Name(rawValue: $0.lowercased()) }
    if name == nil, known == nil, let text {
      let names = Name.allCases.map(\.rawValue).joined(separator: " or ")
      throw EngineError(.badDevice, "ODDITY_ENGINE is '\(text)': set it to \(names), or unset it")
    }
    let outside = EngineChoice(known, device: value("ODDITY_DEVICE"))
    let isAnothers = name != nil && outside.decided != nil && outside.decided != name && outside.isKnown
    return EngineChoice(name ?? known, device: device ?? (isAnothers ? nil : outside.device))
  }

  /// Whether the device is one of an engine's devices, present or not.
  private var isKnown: Bool {
    device.map { ONNXRuntimeEngine.knows(device: $0) || OpenVINOEngine.knows(device: $0) } ?? true
  }

  /// The engine to use; nil if either may be used, whichever is installed.
  var decided: Name? {
    if let name { return name }
    guard let device, !device.isEmpty, device.uppercased() != OpenVINOEngine.processor else { return nil }
    return ONNXRuntimeEngine.knows(device: device) ? .onnxruntime : .openvino
  }
}

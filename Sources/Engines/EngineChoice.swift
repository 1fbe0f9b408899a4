import Foundation
import ONNXRuntime
import OpenVINORuntime

/// Which engine runs networks, and on which device.
public struct EngineChoice: Sendable, Equatable {
  /// The engines that Oddity can run a network with.
  public enum Name: String, Sendable, CaseIterable, Codable {
    case openvino, onnxruntime

    /// What messages call it.
    public var title: String {
      switch self {
      case .openvino: "OpenVINO"
      case .onnxruntime: "ONNX Runtime"
      }
    }

    /// The device that every installation has, which is the one that is taken where none is named.
    public var processor: String {
      switch self {
      case .openvino: OpenVINOEngine.processor
      case .onnxruntime: ONNXRuntimeEngine.processor
      }
    }
  }

  /// Nil is OpenVINO, or ONNX Runtime where there is no OpenVINO.
  public var name: Name?
  /// As the engine calls it, in any case, such as `GPU` or `cuda:1`. Nil is the processor.
  public var device: String?

  public init(_ name: Name? = nil, device: String? = nil) {
    self.name = name
    self.device = device
  }

  /// What is named here, or else by the variables `ODDITY_ENGINE` and `ODDITY_DEVICE`.
  ///
  /// A device belongs to its engine: the variable's is not taken for another engine than the one that is named here.
  ///
  /// - Throws: ``EngineError`` `.badDevice` where the variable is asked and names no engine.
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

  /// Whether the device is one of an engine's, there or not.
  private var isKnown: Bool {
    device.map { ONNXRuntimeEngine.knows(device: $0) || OpenVINOEngine.knows(device: $0) } ?? true
  }

  /// The engine that is to run; nil where either may, whichever is there.
  var decided: Name? {
    if let name { return name }
    guard let device, !device.isEmpty, device.uppercased() != OpenVINOEngine.processor else { return nil }
    return ONNXRuntimeEngine.knows(device: device) ? .onnxruntime : .openvino
  }
}

import Foundation
@_exported import Inference

/// Runs networks with OpenVINO on one of its devices. The library is opened on first use.
package final class OpenVINOEngine: InferenceEngine {
  /// The device that every installation supports.
  package static let processor = "CPU"

  private let core: Core
  package let device: String

  /// - Parameter device: OpenVINO's name of the device, such as `CPU` or `GPU.1`. `AUTO` selects a GPU if
  ///   there is one.
  /// - Throws: `EngineError`: `engineMissing` if there is no usable library, `badDevice` if the library does
  ///   not list the device, `unsupportedPrecision` if the device cannot compute in float32.
  package init(device: String = processor) throws(EngineError) {
    core = try Core(library: .shared())
    let name = device.uppercased()
    self.device = name == Self.processor ? name : try Self.device(name, among: core.devices())
  }

  package static var advice: String { OpenVINOLibrary.advice }

  package static var search: LibrarySearch { .openVINO }

  package var version: String { core.library.version }
  package var libraryPath: String { core.library.path }

  /// For example `CPU` and `GPU.0`.
  package func devices() throws(EngineError) -> [String] { try core.devices() }

  /// Sets the path of libopenvino_c. Has no effect after the library was opened, or if the environment
  /// variable is set.
  package static func use(library path: String) {
    LibrarySearch.use(path, inPlaceOf: LibrarySearch.openVINO.variable)
  }

  package func outputPorts(
    of network: NetworkFile, inputs: [String: [Int]], outputs: [String]?
  ) throws(EngineError) -> [String: TensorPort] {
    let model = try core.read(network.bytes, name: network.name)
    for (name, shape) in inputs.sorted(by: { $0.key < $1.key }) {
      guard try model.input(named: name).shape() != shape else { continue }
      try model.reshape(input: name, to: shape)
    }
    var ports: [String: TensorPort] = [:]
    if outputs == nil { for port in try model.outputs() { ports[port.name] = port } }
    for name in outputs ?? [] { ports[name] = try model.output(named: name).description() }
    return ports
  }

  package func compile(
    _ network: NetworkFile, options: EngineOptions
  ) throws(EngineError) -> any ReadyNetwork {
    guard options.deviceMemory == nil else {
      throw EngineError(
        .badDevice, "OpenVINO does not support a memory limit: leave the limit out")
    }
    guard try core.supports(options.precision, on: device) else {
      throw EngineError(
        .unsupportedPrecision, "this processor has no native \(options.precision.rawValue): use f32")
    }
    let executable = try core.compile(
      core.read(network.bytes, name: network.name), name: network.name, device: device, options: options)
    return try OpenVINONetwork(executable, requests: options.requests)
  }

  /// Whether a name is the name of an OpenVINO device. The device need not exist here.
  package static func knows(device: String) -> Bool {
    let kind = device.uppercased().prefix { $0 != "." && $0 != ":" }
    return ["CPU", "GPU", "NPU", "AUTO"].contains(kind)
  }

  /// The device that a name selects. `AUTO` selects a GPU if there is one.
  private static func device(_ name: String, among known: [String]) throws(EngineError) -> String {
    if name == "AUTO" { return known.first { $0.hasPrefix("GPU") } ?? processor }
    if name == "NPU" || name.hasPrefix("NPU.") {
      throw EngineError(
        .unsupportedPrecision,
        "OpenVINO's NPU computes in half precision, which changes scores: name another device")
    }
    if known.contains(name) { return name }
    // OpenVINO numbers devices only if there are several of a kind.
    if let numbered = known.first(where: { $0 == "\(name).0" || "\($0).0" == name }) { return numbered }
    throw EngineError(
      .badDevice,
      "OpenVINO finds no device '\(name)' here, only \(known.joined(separator: ", ")): name one of these or AUTO, or install "
        + "the device's driver and the plug-in for it")
  }
}

/// A network that OpenVINO has compiled.
private struct OpenVINONetwork: ReadyNetwork {
  let inputs: [TensorPort]
  let outputs: [TensorPort]
  let requests: [any InferenceRequest]

  init(_ executable: Executable, requests: Int) throws(EngineError) {
    inputs = try executable.inputs()
    outputs = try executable.outputs()
    self.requests = try (0..<max(requests, 1)).map { (_) throws(EngineError) in
      try InferRequest(executable: executable)
    }
  }
}

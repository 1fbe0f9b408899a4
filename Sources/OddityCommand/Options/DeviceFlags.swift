import ArgumentParser
import Engines
import Oddity

/// The engine that runs the network, and its device.
struct DeviceFlags: ParsableArguments {
  @Option(
    name: .customLong("engine"),
    help: ArgumentHelp(
      "The engine that runs the network: openvino or onnxruntime (default: openvino, or whichever is "
        + "installed; 'oddity engines' lists them).", valueName: "name"))
  var name: EngineChoice.Name?

  @Option(
    help: ArgumentHelp(
      "The device that the engine computes on: CPU, GPU or AUTO with openvino; cpu, cuda[:N], tensorrt[:N] "
        + "or coreml with onnxruntime (default: the CPU).", valueName: "name"))
  var device: String?

  func validate() throws {
    if device?.isEmpty == true { throw ValidationError("--device is empty: name a device, or leave it out") }
  }

  var isNamed: Bool { name != nil || device != nil }

  /// The engine that the flags name, or otherwise the environment variables.
  func open() throws(EngineError) -> Engine {
    if name == nil, let device, let opened = NamedEngines.current.find(device) { return opened }
    return try Engine(.chosen(name, device: device))
  }
}

extension EngineChoice.Name: ExpressibleByArgument {}

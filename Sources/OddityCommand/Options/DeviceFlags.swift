import ArgumentParser
import Engines
import Oddity

/// The engine that runs the network, and its device.
struct DeviceFlags: ParsableArguments {
  @Option(
    name: .customLong("engine"),
    help: ArgumentHelp(
      "What runs the network: openvino, or onnxruntime (default: openvino, or the one that is here; 'oddity engines' "
        + "lists them).", valueName: "name"))
  var name: EngineChoice.Name?

  @Option(
    help: ArgumentHelp(
      "What the engine computes on: CPU, GPU or AUTO of openvino; cpu, cuda[:N], tensorrt[:N] or coreml of "
        + "onnxruntime (default: the processor).", valueName: "name"))
  var device: String?

  func validate() throws {
    if device?.isEmpty == true { throw ValidationError("--device has no name: name one, or leave it out") }
  }

  var isNamed: Bool { name != nil || device != nil }

  /// The engine that the flags name, or otherwise the environment variables.
  func open() throws(EngineError) -> Engine {
    if name == nil, let device, let opened = NamedEngines.current.find(device) { return opened }
    return try Engine(.chosen(name, device: device))
  }
}

extension EngineChoice.Name: ExpressibleByArgument {}

import Foundation
@_exported import Inference
import ONNXRuntime
import OpenVINORuntime

/// Runs networks with OpenVINO or ONNX Runtime on one device. The library is opened at the first use.
public final class Engine: Sendable {
  public let name: EngineChoice.Name
  private let engine: any InferenceEngine

  /// The engine that the environment variables name, see ``EngineChoice/chosen(_:device:environment:)``.
  ///
  /// - Throws: as ``init(_:)``.
  public convenience init() throws(EngineError) { try self.init(.chosen()) }

  /// - Throws: ``EngineError``: `engineMissing` if there is no usable library, `badDevice` if the device does
  ///   not exist.
  public init(_ choice: EngineChoice) throws(EngineError) {
    (name, engine) = try Self.open(choice)
  }

  /// An engine that the caller has opened.
  ///
  /// - Parameter name: the engine whose known mistakes it shares.
  package init(_ name: EngineChoice.Name, running engine: any InferenceEngine) {
    (self.name, self.engine) = (name, engine)
  }

  /// The full name of the device, such as `CPU` or `cuda:0`.
  public var device: String { engine.device }

  /// The engine's version, such as "2026.4.1-22982-…".
  public var version: String { engine.version }

  /// The path of the engine's library.
  public var libraryPath: String { engine.libraryPath }

  /// The devices that the engine has here.
  public func devices() throws(EngineError) -> [String] { try engine.devices() }

  /// Engine, version and device, such as "OpenVINO 2026.4.1-22982-… on CPU".
  public var description: String { "\(name.title) \(version) on \(device)" }

  /// The same engine on the processor, which computes every network in float32.
  package func onProcessor() throws(EngineError) -> Engine { try Engine(EngineChoice(name)) }

  package var isOnProcessor: Bool { device.lowercased() == name.processor.lowercased() }

  /// Identifies measurements. Those of another version, engine or device are not comparable.
  package var identity: String {
    name == .openvino && isOnProcessor ? version : "\(name.rawValue) \(version) \(device)"
  }

  /// Every engine that is found here, on each device that its library lists and that can be opened.
  ///
  /// - Throws: ``EngineError`` `.engineMissing` if there is none, and if a library that is named by its
  ///   variable is missing.
  public static func allFound() throws(EngineError) -> [Engine] {
    var found: [Engine] = []
    for each in FoundEngine.all() {
      switch each.state {
      case .success(let state):
        found += state.devices.compactMap { try? Engine(EngineChoice(each.name, device: $0)) }
      // A user who names a library must not silently get another one.
      case .failure(let error) where each.isNamed: throw error
      case .failure: break
      }
    }
    // If there is none, this call throws an error with advice.
    return found.isEmpty ? [try Engine()] : found
  }

  /// Sets the path of an engine's library. Has no effect after it was opened, and if the environment variable
  /// is set.
  package static func use(library path: String, of name: EngineChoice.Name) {
    switch name {
    case .openvino: OpenVINOEngine.use(library: path)
    case .onnxruntime: ONNXRuntimeEngine.use(library: path)
    }
  }

  /// The only place that chooses an engine. A user who names a library wants no other engine.
  private static func open(
    _ choice: EngineChoice
  ) throws(EngineError) -> (EngineChoice.Name, any InferenceEngine) {
    if let name = choice.decided { return (name, try open(name, device: choice.device)) }
    do throws(EngineError) {
      return (.openvino, try open(.openvino, device: choice.device))
    } catch  where error.code == .engineMissing && !OpenVINOEngine.search.isNamed {
      do throws(EngineError) {
        return (.onnxruntime, try open(.onnxruntime, device: choice.device))
      } catch let other where other.code == .engineMissing {
        throw EngineError(
          .engineMissing,
          "no engine was found to run the network: \(ONNXRuntimeEngine.advice), or \(OpenVINOEngine.advice)",
          underlying: [error, other].map { $0.underlying ?? $0.message }.joined(separator: "\n"))
      }
    }
  }

  private static func open(
    _ name: EngineChoice.Name, device: String?
  ) throws(EngineError) -> any InferenceEngine {
    let device = device ?? name.processor
    return switch name {
    case .openvino: try OpenVINOEngine(device: device)
    case .onnxruntime: try ONNXRuntimeEngine(device: device)
    }
  }

  /// Types and shapes of a model's outputs.
  ///
  /// - Parameters:
  ///   - model: the bytes of an ONNX file. Requested tensors must be outputs in it.
  ///   - name: the name of the model in errors.
  ///   - weightFiles: files with weights, by the absolute paths that are in the bytes.
  ///   - inputs: shapes for inputs with dynamic dimensions, by name. The others keep their shapes.
  ///   - outputs: the requested names. nil means every output, by one of its names. If an ONNX file has two
  ///     names for one tensor, request them by name.
  /// - Throws: `EngineError` if the model cannot be read or does not accept these inputs.
  package func outputPorts(
    model: Data, name: String = "the model", weightFiles: [String] = [], inputs: [String: [Int]],
    outputs: [String]? = nil
  ) throws(EngineError) -> [String: TensorPort] {
    try engine.outputPorts(
      of: NetworkFile(model, name: name, weightFiles: weightFiles), inputs: inputs, outputs: outputs)
  }

  /// Compiles a model. Its dynamic dimensions stay dynamic.
  ///
  /// - Parameters: as those of ``outputPorts(model:name:weightFiles:inputs:outputs:)``.
  /// - Throws: `EngineError`: `modelRejected`, `unsupportedPrecision` or `badDevice`.
  package func compile(
    model: Data, name: String = "the model", weightFiles: [String] = [], options: EngineOptions
  ) throws(EngineError) -> CompiledModel {
    CompiledModel(
      try engine.compile(NetworkFile(model, name: name, weightFiles: weightFiles), options: options))
  }
}

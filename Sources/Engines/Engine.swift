import Foundation
@_exported import Inference
import ONNXRuntime
import OpenVINORuntime

/// What runs networks: OpenVINO or ONNX Runtime, on one device. The library is opened on first use.
public final class Engine: Sendable {
  public let name: EngineChoice.Name
  private let engine: any InferenceEngine

  /// What the environment names, as ``EngineChoice/chosen(_:device:environment:)`` reads it.
  ///
  /// - Throws: as ``init(_:)``.
  public convenience init() throws(EngineError) { try self.init(.chosen()) }

  /// - Throws: ``EngineError``: `engineMissing` where there is no usable library, `badDevice` where the device is not there.
  public init(_ choice: EngineChoice) throws(EngineError) {
    (name, engine) = try Self.open(choice)
  }

  /// Networks are run by something that somebody else has opened.
  ///
  /// - Parameter name: whose mistakes it makes.
  package init(_ name: EngineChoice.Name, running engine: any InferenceEngine) {
    (self.name, self.engine) = (name, engine)
  }

  /// By its full name, such as `CPU` or `cuda:0`.
  public var device: String { engine.device }

  /// The engine's version, such as "2026.4.1-22982-…".
  public var version: String { engine.version }

  /// Where the engine's library lies.
  public var libraryPath: String { engine.libraryPath }

  /// What the engine can compute on here.
  public func devices() throws(EngineError) -> [String] { try engine.devices() }

  /// Engine, version and device, such as "OpenVINO 2026.4.1-22982-… on CPU".
  public var description: String { "\(name.title) \(version) on \(device)" }

  /// The same engine on the processor, which computes every network in float32.
  package func onProcessor() throws(EngineError) -> Engine { try Engine(EngineChoice(name)) }

  package var isOnProcessor: Bool { device.lowercased() == name.processor.lowercased() }

  /// What measurements are kept by: those of another version, engine or device are others.
  package var identity: String {
    name == .openvino && isOnProcessor ? version : "\(name.rawValue) \(version) \(device)"
  }

  /// Every engine that is found here, on each device that its library lists and that can be opened.
  ///
  /// - Throws: ``EngineError`` `.engineMissing` where there is none, and where a library that is named by its variable is not there.
  public static func allFound() throws(EngineError) -> [Engine] {
    var found: [Engine] = []
    for each in FoundEngine.all() {
      switch each.state {
      case .success(let state):
        found += state.devices.compactMap { try? Engine(EngineChoice(each.name, device: $0)) }
      // Whoever names a library wants it.
      case .failure(let error) where each.isNamed: throw error
      case .failure: break
      }
    }
    // Where there is none, the search says what to do.
    return found.isEmpty ? [try Engine()] : found
  }

  /// Says where an engine's library lies; without effect once it was opened, and where the environment says it too.
  package static func use(library path: String, of name: EngineChoice.Name) {
    switch name {
    case .openvino: OpenVINOEngine.use(library: path)
    case .onnxruntime: ONNXRuntimeEngine.use(library: path)
    }
  }

  /// The only place in which an engine is chosen. A user who names a library wants no other engine.
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
          "no engine that runs networks was found: \(ONNXRuntimeEngine.advice), or \(OpenVINOEngine.advice)",
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
  ///   - model: the bytes of an ONNX file. Tensors that are asked for are outputs in them.
  ///   - name: what errors call the model.
  ///   - weightFiles: files that hold weights, by the absolute paths that stand in the bytes.
  ///   - inputs: shapes to give to inputs whose dimensions are free, by name; the others keep theirs.
  ///   - outputs: the names wanted. Nil is every output, by one of its names: where an ONNX file has two
  ///     names for one tensor, ask for them.
  /// - Throws: `EngineError` where the model cannot be read or does not take these inputs.
  package func outputPorts(
    model: Data, name: String = "the model", weightFiles: [String] = [], inputs: [String: [Int]],
    outputs: [String]? = nil
  ) throws(EngineError) -> [String: TensorPort] {
    try engine.outputPorts(
      of: NetworkFile(model, name: name, weightFiles: weightFiles), inputs: inputs, outputs: outputs)
  }

  /// Compiles a model; its free dimensions stay free.
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

import Foundation

/// OpenVINO on the CPU, opened on first use.
public final class Engine: Sendable {
  private let core: Core

  /// - Throws: `EngineError` with the code `engineMissing` where there is no usable library.
  public init() throws(EngineError) {
    core = try Core(library: .shared())
  }

  /// The engine's version, such as "2026.4.1-22982-…".
  public static var version: String {
    get throws(EngineError) { try OpenVINOLibrary.shared().version }
  }

  /// Types and shapes of a model's outputs.
  ///
  /// - Parameters:
  ///   - model: the bytes of an ONNX file. Tensors that are asked for are outputs in them.
  ///   - name: what errors call the model.
  ///   - inputs: shapes to give to inputs, by name; the others keep theirs.
  ///   - outputs: the names wanted. Nil is every output, by one of its names: where an ONNX file has two
  ///     names for one tensor, ask for them.
  /// - Throws: `EngineError` where the model cannot be read or does not take these inputs.
  public func outputPorts(
    model: Data, name: String = "the model", inputs: [String: [Int]], outputs: [String]? = nil
  ) throws(EngineError) -> [String: Port] {
    let model = try core.read(model, name: name)
    for (name, shape) in inputs.sorted(by: { $0.key < $1.key }) {
      guard try model.input(named: name).shape() != shape else { continue }
      try model.reshape(input: name, to: shape)
    }
    var ports: [String: Port] = [:]
    guard let outputs else {
      for handle in try model.outputs() { ports[try handle.name()] = try handle.description() }
      return ports
    }
    for name in outputs { ports[name] = try model.output(named: name).description() }
    return ports
  }

  /// Compiles a model; its free dimensions stay free.
  ///
  /// - Parameters:
  ///   - model: the bytes of an ONNX file. Locations of external data in them are absolute.
  ///   - name: what errors call the model.
  /// - Throws: `EngineError`: `modelRejected` or `unsupportedPrecision`.
  public func compile(
    model: Data, name: String = "the model", options: EngineOptions
  ) throws(EngineError) -> CompiledModel {
    guard try core.supports(options.precision) else {
      throw EngineError(
        .unsupportedPrecision, "this processor has no native \(options.precision.rawValue): use f32")
    }
    let executable = try core.compile(try core.read(model, name: name), name: name, options: options)
    return try CompiledModel(executable, requests: options.requests)
  }
}

import Engines
import Foundation
import ONNXGraph

/// Compiles networks, and replaces nodes that an engine computes incorrectly.
extension Engine {
  /// Compiles a model, with or without appended nodes.
  ///
  /// - Parameters:
  ///   - bytes: the bytes of the model, with what was appended.
  ///   - model: the model that the bytes extend.
  /// - Throws: ``GraphError`` if the model is too large to be written; the engine's errors.
  package func compile(_ bytes: Data, of model: Model, options: EngineOptions) throws -> CompiledModel {
    var options = options
    if mixesUpStreams(of: model) { options.streams = 1 }
    return try compile(
      model: prepared(bytes, of: model), name: model.name, weightFiles: model.weightFiles, options: options)
  }

  /// Types and shapes of outputs of a model with nodes appended, or without.
  ///
  /// - Parameters: as those of ``compile(_:of:options:)``, and
  ///   ``outputPorts(model:name:weightFiles:inputs:outputs:)``.
  package func outputPorts(
    _ bytes: Data, of model: Model, inputs: [String: [Int]], outputs: [String]
  ) throws -> [String: TensorPort] {
    try outputPorts(
      model: name == .openvino ? model.substitutingNodes(in: bytes) : bytes, name: model.name,
      weightFiles: model.weightFiles, inputs: inputs, outputs: outputs)
  }

  private func prepared(_ bytes: Data, of model: Model) throws(GraphError) -> Data {
    let bytes = name == .openvino ? try model.substitutingNodes(in: bytes) : bytes
    // OpenVINO moves scales across operators. Sums of ONNX Runtime's 8-bit products overflow on processors
    // with AVX2 but without VNNI.
    return model.graph.quantises ? try Model.quantisingInFloat(bytes, name: model.name) : bytes
  }

  /// With several streams, OpenVINO 2026.4 confuses the constants of a quantised network into which it has
  /// multiplied scales. Logits are then off by most of their spread.
  private func mixesUpStreams(of model: Model) -> Bool { name == .openvino && model.graph.quantises }
}

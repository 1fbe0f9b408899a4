import Engines
import Foundation
import ONNXGraph

/// Compiles networks, and replaces nodes that an engine computes wrongly.
extension Engine {
  /// Compiles a model with nodes appended, or without.
  ///
  /// - Parameters:
  ///   - bytes: the model's, with what was appended to it.
  ///   - model: the model that the bytes extend.
  /// - Throws: ``GraphError`` where the model is too large to be written; the engine's errors.
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
    // OpenVINO moves scales across operators. Sums of ONNX Runtime's 8-bit products overflow on processors with AVX2 and
    // without VNNI.
    return model.graph.quantises ? try Model.quantisingInFloat(bytes, name: model.name) : bytes
  }

  /// With several streams, OpenVINO 2026.4 mixes up the constants that it has multiplied scales of a quantised network into,
  /// and logits are off by most of their spread.
  private func mixesUpStreams(of model: Model) -> Bool { name == .openvino && model.graph.quantises }
}

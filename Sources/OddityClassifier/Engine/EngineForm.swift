import Foundation
import ONNXGraph
import OpenVINORuntime

/// What the engine is given in place of a network of which it would compute other numbers.
extension Model {
  /// Bytes of this model with nodes appended, as the engine is to compute them.
  package func forEngine(_ bytes: Data) throws(GraphError) -> Data {
    let bytes = try substitutingNodes(in: bytes)
    return graph.quantises ? try Model.quantisingInFloat(bytes, name: name) : bytes
  }
}

extension RunOptions {
  /// How the engine is to compute a model.
  ///
  /// A quantised one on a single stream: with several, OpenVINO 2026.4 mixes up the constants that it has multiplied scales
  /// into, and logits are off by most of their spread.
  package func engineOptions(for model: Model) -> EngineOptions {
    var options = engineOptions
    if model.graph.quantises { options.streams = 1 }
    return options
  }
}

import Foundation
import Harness
import Imaging
import ONNXGraph

/// Models and preprocessing files, as far as no engine is needed.
enum Graphs {
  static let targets: [FuzzTarget] = [
    FuzzTarget("onnx", isOneLine: false, read),
    FuzzTarget("onnx-file", isOneLine: false) { bytes in
      let path = try InputFile.path(holding: bytes, named: "model.onnx")
      try askAll(Model(contentsOf: URL(filePath: path)))
    },
    FuzzTarget("preprocessing") { bytes in
      let path = try InputFile.path(holding: bytes, named: "preprocess.json")
      _ = try Preprocessing.load(path).resolved(inputShape: [nil, 3, 224, 224])
    },
  ]

  @Sendable
  private static func read(_ bytes: [UInt8]) throws {
    let model = try Model(bytes: Data(bytes), name: "model.onnx")
    try askAll(model)
    // A model that was edited when it was read is still a model.
    _ = try Model(bytes: model.bytes, name: "model.onnx")
  }

  /// The queries that commands make on a graph.
  private static func askAll(_ model: Model) throws {
    for input in model.graph.inputs.prefix(4) {
      let flow = DataFlow(model.graph, image: input.name)
      _ = flow.withoutPassThrough()
    }
  }
}

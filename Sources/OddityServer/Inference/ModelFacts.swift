import Oddity

/// What the Open Inference Protocol says of a model.
struct ModelFacts {
  /// The only one of every model.
  static let version = "1"
  /// What image files are called among a model's inputs.
  static let encodedImages = "encoded_images"

  private let model: ServedModel

  init(_ model: ServedModel) { self.model = model }

  var json: JSONValue {
    let (metadata, logits) = (model.metadata, model.metadata.logits)
    let datatype = InferenceInput.datatype(of: metadata.preprocessing.inputType)
    let inputs = [
      Self.tensor(metadata.input, datatype, [-1] + metadata.preprocessing.sampleShape),
      Self.tensor(Self.encodedImages, "BYTES", [-1]),
    ]
    let scores = model.detector.guarded.scoreOutputs + [GuardedModel.Output.pValue]
    let outputs =
      [Self.tensor(logits, "FP32", [-1, metadata.classes])] + scores.map { Self.tensor($0, "FP32", [-1]) }
      + [Self.tensor(GuardedModel.Output.isOutlier, "BOOL", [-1])]
    return [
      "name": .string(model.name), "versions": [.string(Self.version)], "platform": "onnx_guarded",
      "inputs": .array(inputs.map(JSONValue.object)), "outputs": .array(outputs.map(JSONValue.object)),
    ]
  }

  /// - Parameter shape: −1 is the number of images.
  static func tensor(_ name: String, _ datatype: String, _ shape: [Int]) -> [JSONValue.Member] {
    [
      .init(key: "name", value: .string(name)), .init(key: "datatype", value: .string(datatype)),
      .init(key: "shape", value: .array(shape.map { JSONValue($0) })),
    ]
  }
}

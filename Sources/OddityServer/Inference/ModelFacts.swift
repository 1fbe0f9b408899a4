import Oddity

/// What the Open Inference Protocol says of the server.
struct ServerFacts: Encodable {
  let name = "oddity"
  let version = oddityVersion
  let extensions = ["binary_tensor_data"]
}

struct ModelReadiness: Encodable {
  let name: String
  let ready = true
}

/// What the Open Inference Protocol says of a model.
struct ModelFacts: Encodable {
  /// The only one of every model.
  static let version = "1"
  /// What image files are called among a model's inputs.
  static let encodedImages = "encoded_images"

  let name: String
  let versions = [ModelFacts.version]
  let platform = "onnx_guarded"
  let inputs: [TensorFacts]
  let outputs: [TensorFacts]

  struct TensorFacts: Encodable {
    let name: String
    let datatype: String
    /// −1 is the number of images.
    let shape: [Int]
  }

  init(_ model: ServedModel) {
    let metadata = model.metadata
    name = model.name
    inputs = [
      TensorFacts(
        name: metadata.input, datatype: InferenceInput.datatype(of: metadata.preprocessing.inputType),
        shape: [-1] + metadata.preprocessing.sampleShape),
      TensorFacts(name: Self.encodedImages, datatype: "BYTES", shape: [-1]),
    ]
    let scores = model.detector.guarded.scoreOutputs
    outputs =
      [TensorFacts(name: metadata.logits, datatype: "FP32", shape: [-1, metadata.classes])]
      + (scores + [GuardedModel.Output.pValue]).map { TensorFacts(name: $0, datatype: "FP32", shape: [-1]) }
      + [TensorFacts(name: GuardedModel.Output.isOutlier, datatype: "BOOL", shape: [-1])]
  }
}

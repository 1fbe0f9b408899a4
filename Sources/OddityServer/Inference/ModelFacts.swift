import Oddity

/// What the Open Inference Protocol says of a model.
enum ModelFacts {
  /// The only one of every model.
  static let version = "1"
  /// What image files are called among a model's inputs.
  static let encodedImages = "encoded_images"

  static func json(_ model: ServedModel) -> JSONValue {
    let metadata = model.metadata
    let datatype = InferenceInput.datatype(of: metadata.preprocessing.inputType)
    let inputs = [
      tensor(metadata.input, datatype, [-1] + metadata.preprocessing.sampleShape),
      tensor(encodedImages, "BYTES", [-1]),
    ]
    let outputs = [Detector.Answer]().outputs(of: model.detector.guarded).map {
      tensor($0.name, $0.datatype, [-1] + $0.shape.dropFirst())
    }
    return [
      "name": .string(model.name), "versions": [.string(version)], "platform": "onnx_guarded",
      "inputs": .array(inputs), "outputs": .array(outputs),
    ]
  }

  /// - Parameter shape: −1 is the number of images.
  static func tensor(_ name: String, _ datatype: String, _ shape: [Int]) -> JSONValue {
    [
      "name": .string(name), "datatype": .string(datatype), "shape": .array(shape.map { JSONValue($0) }),
    ]
  }
}

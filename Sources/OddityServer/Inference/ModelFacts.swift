import Oddity

/// What the Open Inference Protocol says of a model.
enum ModelFacts {
  /// The only one of every model.
  static let version = "1"

  static func json(_ model: ServedModel) -> JSONValue {
    let outputs = [Detector.Answer]().outputs(of: model.detector.guarded).map {
      tensor($0.name, $0.datatype, [-1] + $0.shape.dropFirst())
    }
    return [
      "name": .string(model.name), "versions": [.string(version)], "platform": "onnx_guarded",
      "inputs": model.inputs.json, "outputs": .array(outputs),
    ]
  }

  /// - Parameter shape: −1 is the number of images.
  static func tensor(_ name: String, _ datatype: String, _ shape: [Int]) -> JSONValue {
    [
      "name": .string(name), "datatype": .string(datatype), "shape": .array(shape.map { JSONValue($0) }),
    ]
  }
}

import Oddity

/// The metadata of a model in the Open Inference Protocol.
enum ModelFacts {
  /// The only version that every model has.
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

  /// - Parameter shape: the number of images is written as −1.
  static func tensor(_ name: String, _ datatype: String, _ shape: [Int]) -> JSONValue {
    [
      "name": .string(name), "datatype": .string(datatype), "shape": .array(shape.map { JSONValue($0) }),
    ]
  }
}

import Foundation
import HTTPTypes
import Hummingbird
import Oddity

/// An output tensor in the Open Inference Protocol (KServe V2).
struct InferenceOutput: Sendable {
  enum Values: Sendable {
    case float([Float])
    case bool([Bool])
  }

  let name: String
  let shape: [Int]
  let values: Values

  var datatype: String {
    switch values {
    case .float: "FP32"
    case .bool: "BOOL"
    }
  }

  /// The values in the format of the binary-tensor extension: little-endian, row by row.
  fileprivate var binary: Data {
    switch values {
    case .float(let values): Data(littleEndian: values.map(\.bitPattern))
    case .bool(let values): Data(values.map { $0 ? 1 : 0 })
    }
  }

  fileprivate var json: JSONValue {
    switch values {
    case .float(let values): .array(values.map { JSONValue($0) })
    case .bool(let values): .array(values.map(JSONValue.bool))
    }
  }
}

/// The answer to an ``InferenceRequest``: JSON, followed by the outputs that are sent as binary data.
struct InferenceAnswer {
  static let headerLength = HTTPField.Name("Inference-Header-Content-Length")

  let model: String
  let id: String?
  let outputs: [(tensor: InferenceOutput, isBinary: Bool)]

  var response: Response {
    var binaries = Data()
    let listed = outputs.map { tensor, isBinary in
      let facts = ModelFacts.tensor(tensor.name, tensor.datatype, tensor.shape)
      guard isBinary else { return facts.with(["data": tensor.json]) }
      let binary = tensor.binary
      binaries += binary
      return facts.with(["parameters": ["binary_data_size": JSONValue(binary.count)]])
    }
    let answer: JSONValue = [
      "model_name": .string(model), "model_version": .string(ModelFacts.version), "outputs": .array(listed),
    ]
    let header = answer.with(id.map { ["id": .string($0)] } ?? [:]).line.utf8
    var fields: HTTPFields = [
      .contentType: binaries.isEmpty ? "application/json" : "application/octet-stream"
    ]
    if !binaries.isEmpty, let name = Self.headerLength { fields[name] = String(header.count) }
    return Response(
      status: .ok, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: header + binaries)))
  }
}

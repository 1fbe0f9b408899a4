import Foundation
import HTTPTypes
import Hummingbird

/// The answer to an ``InferenceRequest``: JSON, behind it the outputs that are sent in binary.
struct InferenceAnswer {
  static let headerLength = HTTPField.Name("Inference-Header-Content-Length")

  let model: String
  let id: String?
  let outputs: [(tensor: InferenceOutput, isBinary: Bool)]

  private struct Header: Encodable {
    let modelName: String
    let modelVersion = ModelFacts.version
    let id: String?
    let outputs: [Output]

    enum CodingKeys: String, CodingKey {
      case modelName = "model_name", modelVersion = "model_version", id, outputs
    }
  }

  private struct Output: Encodable {
    let name: String
    let datatype: String
    let shape: [Int]
    let data: InferenceOutput.Values?
    let parameters: [String: Int]?
  }

  func response() throws -> Response {
    var binaries = Data()
    let listed = outputs.map { tensor, isBinary in
      guard isBinary else {
        return Output(
          name: tensor.name, datatype: tensor.datatype, shape: tensor.shape, data: tensor.values,
          parameters: nil)
      }
      let binary = tensor.binary
      binaries += binary
      return Output(
        name: tensor.name, datatype: tensor.datatype, shape: tensor.shape, data: nil,
        parameters: ["binary_data_size": binary.count])
    }
    let header = try JSONEncoder().encode(Header(modelName: model, id: id, outputs: listed))
    var fields: HTTPFields = [
      .contentType: binaries.isEmpty ? "application/json" : "application/octet-stream"
    ]
    if !binaries.isEmpty, let name = Self.headerLength { fields[name] = String(header.count) }
    return Response(
      status: .ok, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: header + binaries)))
  }
}

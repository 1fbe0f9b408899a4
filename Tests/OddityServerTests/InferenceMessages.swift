import Foundation
import HTTPTypes
import Testing

@testable import OddityServer

/// A request in the form that a client of the protocol writes.
struct InferenceBody {
  var headers: HTTPFields = [:]
  let bytes: Data

  init(input: String, shape: [Int], floats: [Float], isBinary: Bool) throws {
    let binary = isBinary ? floats.withUnsafeBytes { Data($0) } : nil
    try self.init(input: input, "FP32", shape, list: floats.map { Double($0) }, binary: binary)
  }

  /// - Parameter isNested: whether JSON has a list for each axis, as from NumPy's `tolist`.
  init(input: String, shape: [Int], pixels: [UInt8], isBinary: Bool, isNested: Bool = false) throws {
    let list: [Any] = isNested ? Self.nested(pixels[...], shape.dropFirst()) : pixels.map { Int($0) }
    try self.init(input: input, "UINT8", shape, list: list, binary: isBinary ? Data(pixels) : nil)
  }

  private init(input: String, _ datatype: String, _ shape: [Int], list: [Any], binary: Data?) throws {
    var tensor: [String: Any] = ["name": input, "shape": shape, "datatype": datatype]
    var request: [String: Any] = ["id": "42"]
    if let binary {
      tensor["parameters"] = ["binary_data_size": binary.count]
      request["parameters"] = ["binary_data_output": true]
    } else {
      tensor["data"] = list
    }
    request["inputs"] = [tensor]
    let header = try JSONSerialization.data(withJSONObject: request)
    if binary != nil {
      headers[try #require(InferenceAnswer.headerLength)] = "\(header.count)"
    }
    bytes = header + (binary ?? Data())
  }

  private static func nested(_ pixels: ArraySlice<UInt8>, _ sides: ArraySlice<Int>) -> [Any] {
    guard !sides.isEmpty else { return pixels.map { Int($0) } }
    let length = sides.reduce(1, *)
    return stride(from: pixels.startIndex, to: pixels.endIndex, by: length).map {
      nested(pixels[$0..<$0 + length], sides.dropFirst())
    }
  }
}

/// An answer in the form that a client of the protocol reads.
struct InferenceReply {
  var id: String?
  var floats: [String: [Float]] = [:]

  init(_ response: TestAnswer) throws {
    let bytes = Data(response.body.readableBytesView)
    let length = response.headers[try #require(InferenceAnswer.headerLength)].flatMap(Int.init)
    let header = try JSONSerialization.jsonObject(with: bytes.prefix(length ?? bytes.count))
    let fields = try #require(header as? [String: Any])
    id = fields["id"] as? String
    var rest = bytes.dropFirst(length ?? bytes.count)
    for output in try #require(fields["outputs"] as? [[String: Any]]) {
      let name = try #require(output["name"] as? String)
      if let size = (output["parameters"] as? [String: Int])?["binary_data_size"] {
        let own = Data(rest.prefix(size))
        rest = rest.dropFirst(size)
        guard output["datatype"] as? String == "FP32" else { continue }
        floats[name] = stride(from: 0, to: size, by: 4).map { place in
          Float(bitPattern: own[place..<place + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
        }
      } else if output["datatype"] as? String == "FP32" {
        floats[name] = try #require(output["data"] as? [NSNumber]).map(\.floatValue)
      }
    }
  }
}

import Foundation
import Oddity

/// A tensor that the server answers with by the Open Inference Protocol (KServe V2).
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

  /// As the binary-tensor extension sends it: little-endian, row by row.
  var binary: Data {
    switch values {
    case .float(let values): Data(littleEndian: values.map(\.bitPattern))
    case .bool(let values): Data(values.map { $0 ? 1 : 0 })
    }
  }
}

/// In JSON: JSON has no numbers that are not finite.
extension InferenceOutput.Values: Encodable {
  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .float(let values): try container.encode(values.map(\.ifFinite))
    case .bool(let values): try container.encode(values)
    }
  }
}

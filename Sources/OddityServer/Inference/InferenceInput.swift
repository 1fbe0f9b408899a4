import Foundation
import Imaging
import NIOCore

/// A tensor that a client sends by the Open Inference Protocol (KServe V2).
struct InferenceInput: Sendable {
  enum Values: Sendable {
    case float([Float])
    /// UINT8: as floating-point numbers, as an image's values are kept.
    case uint8([Float])
    case bytes([[UInt8]])
  }

  let name: String
  let shape: [Int]
  let values: Values

  /// - Throws: ``Problem`` 400 where there are not as many values as the shape says.
  init(name: String, shape: [Int], values: Values) throws(Problem) {
    let count =
      switch values {
      case .float(let values), .uint8(let values): values.count
      case .bytes(let values): values.count
      }
    guard shape.allSatisfy({ $0 >= 0 }), Self.product(shape) == count else {
      throw Problem(.badRequest, "input '\(name)' has \(count) values, but its shape is \(shape)")
    }
    (self.name, self.shape, self.values) = (name, shape, values)
  }

  var datatype: String {
    switch values {
    case .float: "FP32"
    case .uint8: "UINT8"
    case .bytes: "BYTES"
    }
  }

  /// The values for a model's own input; nil where they are of another type. Bytes are no preprocessed images of a network
  /// that takes floating-point numbers.
  func numbers(for type: InputType) -> [Float]? {
    switch values {
    case .float(let values): values
    case .uint8(let values): type.integers == nil ? nil : values
    case .bytes: nil
    }
  }

  /// What a model's own input is called; where it is neither FP32 nor UINT8, its values may be sent as FP32.
  static func datatype(of type: InputType) -> String { type == .uint8 ? "UINT8" : "FP32" }
}

extension InferenceInput {
  /// As the binary-tensor extension sends it: little-endian, row by row; of bytes each with its length before it.
  ///
  /// - Throws: ``Problem`` 400 where the bytes are not those of the shape.
  init(name: String, shape: [Int], datatype: String, binary: ByteBuffer) throws(Problem) {
    let values: Values
    switch datatype {
    case "FP32":
      guard let words = Data(binary.readableBytesView).littleEndianWords(UInt32.self) else {
        throw Problem(.badRequest, "input '\(name)': \(binary.readableBytes) bytes are no FP32 values")
      }
      values = .float(words.map { Float(bitPattern: $0) })
    case "UINT8": values = .uint8(binary.readableBytesView.map { Float($0) })
    case "BYTES": values = .bytes(try Self.elements(binary, of: name))
    default: throw Self.unknown(datatype, of: name)
    }
    try self.init(name: name, shape: shape, values: values)
  }

  static func unknown(_ datatype: String, of name: String) -> Problem {
    Problem(
      .badRequest, "input '\(name)' is \(datatype); send FP32 or UINT8 (preprocessed) or BYTES (image files)")
  }

  /// nil where it overflows.
  private static func product(_ shape: [Int]) -> Int? {
    shape.reduce(1 as Int?) { product, side in
      guard let (result, overflows) = product?.multipliedReportingOverflow(by: side), !overflows else {
        return nil
      }
      return result
    }
  }

  private static func elements(_ binary: ByteBuffer, of name: String) throws(Problem) -> [[UInt8]] {
    var rest = binary
    var elements: [[UInt8]] = []
    while rest.readableBytes > 0 {
      guard let element = rest.readLengthPrefixedSlice(endianness: .little, as: UInt32.self) else {
        throw Problem(.badRequest, "input '\(name)': its BYTES end early")
      }
      elements.append(Array(element.readableBytesView))
    }
    return elements
  }
}

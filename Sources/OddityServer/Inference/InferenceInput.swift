import Foundation
import Imaging
import NIOCore

/// A tensor that a client sends by the Open Inference Protocol (KServe V2).
struct InferenceInput: Sendable {
  enum Datatype: String {
    case float = "FP32"
    case uint8 = "UINT8"
    case bytes = "BYTES"
  }

  /// Row by row.
  enum Values: Sendable {
    /// Of FP32.
    case numbers([Float])
    /// Of UINT8.
    case bytes(ByteBufferView)
    /// Of BYTES.
    case files([[UInt8]])

    fileprivate var count: Int {
      switch self {
      case .numbers(let numbers): numbers.count
      case .bytes(let bytes): bytes.count
      case .files(let files): files.count
      }
    }
  }

  let name: String
  let shape: [Int]
  let values: Values

  var datatype: Datatype {
    switch values {
    case .numbers: .float
    case .bytes: .uint8
    case .files: .bytes
    }
  }

  /// - Throws: ``Problem`` 400 where there are not as many values as the shape says.
  init(name: String, shape: [Int], values: Values) throws(Problem) {
    guard shape.declaredProduct == values.count else {
      throw Problem(.badRequest, "input '\(name)' has \(values.count) values, but its shape is \(shape)")
    }
    (self.name, self.shape, self.values) = (name, shape, values)
  }

  /// The values for a model's own input, as an image's values are kept; nil where they are of another type. Bytes are no
  /// preprocessed images of a network that takes floating-point numbers.
  func numbers(for type: InputType) -> [Float]? {
    switch values {
    case .numbers(let numbers): numbers
    case .bytes(let bytes) where type.integers != nil: bytes.map { Float($0) }
    case .bytes, .files: nil
    }
  }

  /// What a model's own input is called; where it is neither FP32 nor UINT8, its values may be sent as FP32.
  static func datatype(of type: InputType) -> String {
    (type == .uint8 ? Datatype.uint8 : .float).rawValue
  }

  /// As the binary-tensor extension sends it: little-endian, row by row; of bytes each with its length before it.
  ///
  /// - Throws: ``Problem`` 400 where the bytes are not those of the shape.
  init(name: String, shape: [Int], datatype: String, binary: ByteBuffer) throws(Problem) {
    let bytes = binary.readableBytesView
    switch try Self.datatype(datatype, of: name) {
    case .float:
      guard let words = Data(bytes).littleEndianWords(UInt32.self) else {
        throw Problem(.badRequest, "input '\(name)': \(bytes.count) bytes are no FP32 values")
      }
      try self.init(name: name, shape: shape, values: .numbers(words.map { Float(bitPattern: $0) }))
    case .uint8: try self.init(name: name, shape: shape, values: .bytes(bytes))
    case .bytes: try self.init(name: name, shape: shape, values: .files(Self.elements(binary, of: name)))
    }
  }

  static func datatype(_ text: String, of name: String) throws(Problem) -> Datatype {
    guard let datatype = Datatype(rawValue: text) else {
      throw Problem(
        .badRequest,
        "input '\(name)' is \(text); send FP32 (preprocessed), UINT8 (pictures) or BYTES (image files)")
    }
    return datatype
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

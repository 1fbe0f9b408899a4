import Foundation
import Imaging
import NIOCore

/// An input tensor in the Open Inference Protocol (KServe V2).
struct InferenceInput: Sendable {
  enum Datatype: String {
    case float = "FP32"
    case uint8 = "UINT8"
    case bytes = "BYTES"
  }

  /// The values, row by row.
  enum Values: Sendable {
    /// Values of the datatype FP32.
    case numbers([Float])
    /// Values of the datatype UINT8.
    case bytes(ByteBufferView)
    /// Values of the datatype BYTES.
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

  /// - Throws: ``Problem`` 400 if the number of values does not match the shape.
  init(name: String, shape: [Int], values: Values) throws(Problem) {
    guard shape.declaredProduct == values.count else {
      throw Problem(.badRequest, "input '\(name)' has \(values.count) values, but its shape is \(shape)")
    }
    (self.name, self.shape, self.values) = (name, shape, values)
  }

  /// The values for a model's own input, or nil if their type does not fit. Bytes do not fit a network that
  /// takes floating-point numbers, because they cannot be preprocessed images.
  func numbers(for type: InputType) -> [Float]? {
    switch values {
    case .numbers(let numbers): numbers
    case .bytes(let bytes) where type.integers != nil: bytes.map { Float($0) }
    case .bytes, .files: nil
    }
  }

  /// The datatype of a model's own input. If the input is neither FP32 nor UINT8, clients may send its values
  /// as FP32.
  static func datatype(of type: InputType) -> String {
    (type == .uint8 ? Datatype.uint8 : .float).rawValue
  }

  /// Reads the format of the binary-tensor extension: little-endian, row by row. Each element of BYTES is
  /// preceded by its length.
  ///
  /// - Throws: ``Problem`` 400 if the bytes do not match the shape.
  init(name: String, shape: [Int], datatype: String, binary: ByteBuffer) throws(Problem) {
    let bytes = binary.readableBytesView
    switch try Self.datatype(datatype, of: name) {
    case .float:
      guard let words = Data(bytes).littleEndianWords(UInt32.self) else {
        throw Problem(
          .badRequest,
          "input '\(name)': \(bytes.count) bytes are not a whole number of FP32 values")
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
        "input '\(name)' has the datatype \(text): send FP32 (preprocessed tensors), UINT8 (decoded "
          + "pictures) or BYTES (image files)")
    }
    return datatype
  }

  private static func elements(_ binary: ByteBuffer, of name: String) throws(Problem) -> [[UInt8]] {
    var rest = binary
    var elements: [[UInt8]] = []
    while rest.readableBytes > 0 {
      guard let element = rest.readLengthPrefixedSlice(endianness: .little, as: UInt32.self) else {
        throw Problem(.badRequest, "input '\(name)': its BYTES are cut short")
      }
      elements.append(Array(element.readableBytesView))
    }
    return elements
  }
}

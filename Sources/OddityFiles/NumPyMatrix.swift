import Foundation

/// A matrix of float32 as a `.npy` file: version 1.0, little-endian, C order.
///
/// Source: NumPy's `numpy.lib.format`.
package struct NumPyMatrix {
  let rows: Int
  let columns: Int
  /// Row after row.
  package let values: [Float]

  package init(rows: Int, columns: Int, values: [Float]) {
    precondition(values.count == rows * columns, "a value for each row and column")
    (self.rows, self.columns, self.values) = (rows, columns, values)
  }

  /// Reads a file of exactly this form; nil if the form or the shape differs.
  package init?(file: Data, rows: Int, columns: Int) {
    let header = Self.header([rows, columns])
    let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
    guard !overflow, rows >= 0, file.starts(with: header),
      let words = file.dropFirst(header.count).littleEndianWords(UInt32.self), words.count == count
    else { return nil }
    self.init(rows: rows, columns: columns, values: words.map { Float(bitPattern: $0) })
  }

  package var file: Data { Self.file(of: values, shape: [rows, columns]) }

  /// Float32 values of any shape as a file.
  package static func file(of values: [Float], shape: [Int]) -> Data {
    header(shape) + Data(littleEndian: values.map(\.bitPattern))
  }

  /// Bytes of any shape as a file.
  package static func file(of bytes: [UInt8], shape: [Int]) -> Data {
    header(shape, type: "|u1") + Data(bytes)
  }

  /// Padded with spaces to a multiple of 64 bytes, as the format requires.
  private static func header(_ shape: [Int], type: String = "<f4") -> Data {
    let sizes = shape.map(String.init).joined(separator: ", ")
    var text = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(sizes)), }"
    let prefix = 10
    text += String(repeating: " ", count: 63 - (prefix + text.utf8.count) % 64) + "\n"
    let length = UInt16(text.utf8.count)
    return Data([0x93] + "NUMPY".utf8 + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + text.utf8)
  }
}

import Foundation

/// Writes arrays as `.npy` files (version 1.0, C order).
public enum NumPyFile {
  public static func write(_ values: [Float], shape: [Int], to url: URL) throws {
    try write(values.withUnsafeBytes { Data($0) }, type: "<f4", shape: shape, to: url)
  }

  public static func write(_ values: [UInt8], shape: [Int], to url: URL) throws {
    try write(Data(values), type: "|u1", shape: shape, to: url)
  }

  private static func write(_ bytes: Data, type: String, shape: [Int], to url: URL) throws {
    let dims = shape.map { "\($0)," }.joined(separator: " ")
    var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(dims)), }"
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    var file = Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0])
    withUnsafeBytes(of: UInt16(header.utf8.count).littleEndian) { file += Data($0) }
    try (file + Data(header.utf8) + bytes).write(to: url)
  }
}

import Foundation

/// Numbers of 32 bits as files keep them.
extension Data {
  package init(littleEndian words: [UInt32]) {
    self = words.map(\.littleEndian).withUnsafeBytes { Data($0) }
  }

  /// The bytes as 32-bit words; nil where some are left over.
  package var littleEndianWords: [UInt32]? {
    guard count.isMultiple(of: 4) else { return nil }
    return withUnsafeBytes { bytes in
      (0..<count / 4).map {
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self))
      }
    }
  }
}

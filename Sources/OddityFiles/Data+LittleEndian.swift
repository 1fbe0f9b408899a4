import Foundation

/// Numbers as files keep them.
extension Data {
  package init<Word: FixedWidthInteger>(littleEndian words: [Word]) {
    self = words.map(\.littleEndian).withUnsafeBytes { Data($0) }
  }

  /// The bytes as words; nil where some are left over.
  package func littleEndianWords<Word: FixedWidthInteger>(_: Word.Type) -> [Word]? {
    let size = MemoryLayout<Word>.size
    guard count.isMultiple(of: size) else { return nil }
    return withUnsafeBytes { bytes in
      (0..<count / size).map {
        Word(littleEndian: bytes.loadUnaligned(fromByteOffset: size * $0, as: Word.self))
      }
    }
  }
}

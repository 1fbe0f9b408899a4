import Foundation

/// Named arrays in one file, in the format of `safetensors`: the length of the header in eight bytes, a JSON
/// header with the type, shape and position of each array, then the arrays, little-endian. Any language can
/// read it.
///
/// The last array, `checksum`, is the SHA-256 of all bytes before it.
///
/// A value of this type is a file that was read: mapped into memory, complete and undamaged.
package struct TensorArchive {
  /// The name of the file in errors.
  package let path: String
  package let metadata: [String: String]
  /// SHA-256 of the whole content, in hexadecimal.
  package let digest: String
  private let entries: [String: TensorArchive.Entry]
  /// The bytes of the arrays.
  private let data: Data

  /// Refuses a longer header, which Oddity never writes, before memory is taken for it.
  private static let longestHeader = 1 << 24

  /// - Parameter what: what the file should be, for errors.
  /// - Throws: ``OddityError`` `.badData` if the file cannot be read, is of another kind, is cut short or
  ///   damaged.
  package init(path: String, what: String) throws(OddityError) {
    self.path = path
    let file: Data
    do {
      file = try Data(contentsOf: URL(filePath: path), options: .alwaysMapped)
    } catch {
      throw OddityError(.badData, "cannot read \(path): name \(what)", underlying: error)
    }
    let stranger = OddityError(.badData, "\(path) is not \(what), or is damaged")
    guard let length = file.prefix(8).littleEndianWords(UInt64.self), length.count == 1,
      length[0] <= Self.longestHeader, file.count > 8
    else { throw stranger }
    let headerEnd = 8 + Int(length[0])
    guard file.count >= headerEnd else {
      throw file[8] == UInt8(ascii: "{") ? Self.cutShort(path) : stranger
    }
    guard let header = try? JSONDecoder().decode(TensorArchive.Header.self, from: file[8..<headerEnd]),
      let checksum = header.entries[TensorArchive.checksum]
    else { throw stranger }
    let places = header.entries.values
    guard places.allSatisfy({ $0.isConsistent }) else { throw Self.damaged(path) }
    let size = file.count - headerEnd
    guard size >= checksum.offsets[1] else { throw Self.cutShort(path) }
    guard size == checksum.offsets[1], checksum.shape == [Self.checksumLength],
      places.allSatisfy({ $0.offsets[1] <= size })
    else { throw Self.damaged(path) }
    let sum = SHA256.hash(data: file.dropLast(Self.checksumLength))
    guard sum.bytes.elementsEqual(file.suffix(Self.checksumLength)) else { throw Self.damaged(path) }
    (metadata, entries) = (header.metadata, header.entries)
    data = file[headerEnd...]
    digest = sum.hex
  }

  private static func cutShort(_ path: String) -> OddityError {
    OddityError(.badData, "\(path) is cut short: make it again")
  }

  private static func damaged(_ path: String) -> OddityError {
    OddityError(.badData, "\(path) is damaged (its checksum does not match its content): make it again")
  }

  /// - Throws: ``OddityError`` `.badData` if there is no array of this name and type.
  func shape(_ name: String, _ element: TensorArchive.Element) throws(OddityError) -> [Int] {
    guard let entry = entries[name], entry.dtype == element else {
      throw OddityError(
        .badData, "\(path) has no array \(name) of type \(element.rawValue): another version wrote it")
    }
    return entry.shape
  }

  package func contains(_ name: String) -> Bool { entries[name] != nil }

  package func bytes(_ name: String) throws(OddityError) -> [UInt8] { [UInt8](try data(name, .uint8)) }
  package func integers(_ name: String) throws(OddityError) -> [Int32] {
    try data(name, .int32).littleEndianWords(Int32.self) ?? []
  }
  package func words(_ name: String) throws(OddityError) -> [UInt64] {
    try data(name, .uint64).littleEndianWords(UInt64.self) ?? []
  }
  package func floats(_ name: String) throws(OddityError) -> [Float] {
    (try data(name, .float32).littleEndianWords(UInt32.self) ?? []).map { Float(bitPattern: $0) }
  }
  package func doubles(_ name: String) throws(OddityError) -> [Double] {
    (try data(name, .float64).littleEndianWords(UInt64.self) ?? []).map { Double(bitPattern: $0) }
  }

  /// The rows of a matrix of float32, read one by one.
  package func rows(_ name: String) throws(OddityError) -> Rows {
    let shape = try shape(name, .float32)
    guard shape.count == 2 else { throw OddityError(.badData, "\(path): the array \(name) is not a matrix") }
    return Rows(count: shape[0], width: shape[1], data: try data(name, .float32))
  }

  package struct Rows {
    package let count: Int
    package let width: Int
    fileprivate let data: Data
    private var taken = 0

    fileprivate init(count: Int, width: Int, data: Data) {
      (self.count, self.width, self.data) = (count, width, data)
    }

    /// The next row.
    package mutating func next() -> [Float] {
      taken += 1
      return self[taken - 1]
    }

    package subscript(row: Int) -> [Float] {
      precondition(row < count, "a row that is there")
      let start = data.startIndex + 4 * row * width
      let words = data[start..<start + 4 * width].littleEndianWords(UInt32.self) ?? []
      return words.map { Float(bitPattern: $0) }
    }
  }

  private func data(_ name: String, _ element: TensorArchive.Element) throws(OddityError) -> Data {
    _ = try shape(name, element)
    guard let offsets = entries[name]?.offsets else { return Data() }
    return data[data.startIndex + offsets[0]..<data.startIndex + offsets[1]]
  }
}

extension TensorArchive.Entry {
  /// Whether its length in the file matches its shape and type.
  fileprivate var isConsistent: Bool {
    guard offsets.count == 2, 0 <= offsets[0], offsets[0] <= offsets[1], shape.allSatisfy({ $0 >= 0 }) else {
      return false
    }
    var size = dtype.size
    for extent in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: extent)
      if overflow { return false }
      size = product
    }
    return offsets[1] - offsets[0] == size
  }
}

/// Numbers in the form in which files store them.
extension Data {
  package init<Word: FixedWidthInteger>(littleEndian words: [Word]) {
    self = words.map(\.littleEndian).withUnsafeBytes { Data($0) }
  }

  /// The bytes as words; nil if some bytes are left over.
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

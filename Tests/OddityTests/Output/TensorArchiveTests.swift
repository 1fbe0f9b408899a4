import Foundation
import Testing
import TestSupport

@testable import OddityFiles

@Suite struct TensorArchiveTests {
  private let folder: TemporaryFolder
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path("arrays.state")
  }

  private static let doubles = [0.1, -.infinity, 1e300, 0, -0.0, .nan, .leastNonzeroMagnitude, 1]
  private static let floats: [Float] = [0.1, .infinity, -.leastNonzeroMagnitude, .nan, -0.0, 3]

  private func write() async throws {
    let rows = try RowFile(width: 3)
    try rows.append(Self.floats[..<3])
    try rows.append(Self.floats[3...])
    let file = try AtomicFile(path: path)
    try await TensorArchive.write(
      [
        .init("bytes", [UInt8(0), 255]), .init("integers", [Int32.min, -1, .max]),
        .init("words", [UInt64(0), .max]), .init("doubles", Self.doubles, shape: [2, 4]),
        .init("none", [Double](), shape: [0, 4]), .init("rows", rows),
      ], metadata: ["what": "\"quoted\"\n"], to: file)
    try file.commit()
  }

  @Test func whatIsWrittenIsRead() async throws {
    try await write()
    let archive = try TensorArchive(path: path, what: "an archive")
    #expect(archive.metadata == ["what": "\"quoted\"\n"])
    #expect(try archive.bytes("bytes") == [0, 255])
    #expect(try archive.integers("integers") == [.min, -1, .max])
    #expect(try archive.words("words") == [0, .max])
    #expect(try archive.doubles("doubles").map(\.bitPattern) == Self.doubles.map(\.bitPattern))
    #expect(try archive.doubles("none").isEmpty)
    let rows = try archive.rows("rows")
    #expect(rows.count == 2 && rows.width == 3)
    #expect((rows[0] + rows[1]).map(\.bitPattern) == Self.floats.map(\.bitPattern))
  }

  private struct ReadByPython: Decodable {
    let types: [String: String]
    let shapes: [String: [Int]]
    let bytes, integers: [Int]
    let words: [String]
    let doubles, rows: [Double]
    let checksum: String
    let expected: String
  }

  /// The file has a public format, which its own library can read.
  @Test func safetensorsReadsIt() async throws {
    try await write()
    let output = try PythonReference.run("tensor_archive_reference.py", arguments: [path])
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let read = try decoder.decode(ReadByPython.self, from: output)
    #expect(
      read.types == [
        "bytes": "uint8", "integers": "int32", "words": "uint64", "doubles": "float64", "none": "float64",
        "rows": "float32", "checksum": "uint8",
      ])
    #expect(
      read.shapes["doubles"] == [2, 4] && read.shapes["none"] == [0, 4] && read.shapes["rows"] == [2, 3])
    #expect(read.bytes == [0, 255] && read.integers == [Int(Int32.min), -1, Int(Int32.max)])
    #expect(read.words == ["0", "\(UInt64.max)"])
    #expect(read.doubles.map(\.isNaN) == Self.doubles.map(\.isNaN))
    #expect(zip(read.doubles, Self.doubles).allSatisfy { $0 == $1 || $0.isNaN })
    #expect(zip(read.rows, Self.floats).allSatisfy { Float($0) == $1 || $0.isNaN })
    #expect(read.checksum == read.expected, "SHA-256 of what stands before it")
  }

  @Test func otherTypesAndNamesAreRefused() async throws {
    try await write()
    let archive = try TensorArchive(path: path, what: "an archive")
    #expect(throws: OddityError.self) { try archive.bytes("absent") }
    #expect(throws: OddityError.self) { try archive.doubles("rows") }
    #expect(throws: OddityError.self) { try archive.rows("doubles") }
  }

  static func sha256(_ data: Data) -> Data { Data(SHA256.hash(data: data).bytes) }

  /// The file is truncated at any position.
  @Test func filesThatAreCutShortAreRefused() async throws {
    try await write()
    let whole = try Data(contentsOf: URL(filePath: path))
    for length in [0, 1, 7, 8, 9, 100, whole.count / 2, whole.count - 33, whole.count - 1] {
      try whole.prefix(length).write(to: URL(filePath: path))
      expectRefusal()
    }
    try (whole + [0]).write(to: URL(filePath: path))
    expectRefusal()
  }

  /// Every bit is protected.
  @Test func filesWithAFlippedBitAreRefused() async throws {
    try await write()
    let whole = try Data(contentsOf: URL(filePath: path))
    for position in whole.indices {
      var changed = whole
      changed[position] ^= 1 << UInt8(position % 8)
      try changed.write(to: URL(filePath: path))
      expectRefusal("byte \(position)")
    }
  }

  private func expectRefusal(_ comment: Comment? = nil) {
    #expect(comment) {
      try TensorArchive(path: path, what: "an archive")
    } throws: { error in
      guard let error = error as? OddityError else { return false }
      return error.code == .badData && error.message.contains(path)
    }
  }
}

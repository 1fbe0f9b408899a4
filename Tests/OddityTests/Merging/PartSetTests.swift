import Foundation
import Imaging
import Engines
import Testing
import TestSupport

@testable import OddityFiles
@testable import OddityFit
@testable import OddityScores
@testable import OddityStatistics

/// Files that do not belong together are refused, and the error names them.
@Suite struct PartSetTests {
  private let folder: TemporaryFolder
  private let images: SyntheticImages

  init() throws {
    folder = try TemporaryFolder()
    images = try SyntheticImages(count: 40, in: folder)
  }

  /// Writes the given shards of a fit, out of a total.
  private func parts(
    _ numbers: [Int], of count: Int, name: String = "p", source: (any ImageSource)? = nil,
    network: String = "residual.ts.onnx", _ change: (inout FitOptions) throws -> Void = { _ in }
  ) async throws -> [String] {
    var options = FitOptions.paper
    try change(&options)
    var paths: [String] = []
    for number in numbers {
      let path = folder.path("\(name)\(number)of\(count).state")
      try await PartialFit(
        model: Fixtures.url(network), inDistribution: [source ?? images.source],
        shard: Shard(parsing: "\(number)/\(count)"), options: options, engine: Engine()
      ).write(to: AtomicFile(path: path))
      paths.append(path)
    }
    return paths
  }

  private func expectRefusal(_ paths: [String], naming words: String..., comment: Comment? = nil) {
    #expect(comment) {
      try PartSet(paths: paths)
    } throws: { error in
      guard let error = error as? OddityError, error.code == .badData else { return false }
      return words.allSatisfy { error.message.contains($0) }
    }
  }

  @Test func theOrderInWhichTheyAreNamedDoesNotMatter() async throws {
    let paths = try await parts([1, 2, 3], of: 3)
    let numbers = try [paths, paths.reversed()].map {
      try PartSet(paths: $0).parts.map(\.summary.shard.number)
    }
    #expect(numbers == [[1, 2, 3], [1, 2, 3]])
    #expect(throws: OddityError.self) { try PartSet(paths: []) }
  }

  @Test func duplicatesAreRefused() async throws {
    let paths = try await parts([1, 2], of: 2)
    expectRefusal(paths + [paths[1]], naming: paths[1], "twice")
    let copy = folder.path("copy.state")
    try FileManager.default.copyItem(atPath: paths[0], toPath: copy)
    expectRefusal([copy] + paths, naming: copy, paths[0], "copy")
  }

  @Test func sharedImagesAreRefused() async throws {
    let halves = try await parts([1, 2], of: 2)
    let thirds = try await parts([1, 2, 3], of: 3)
    expectRefusal(halves + thirds, naming: "the same images", "of2.state", "of3.state")
    let whole = try await parts([1], of: 1)
    expectRefusal(whole + halves, naming: "the same images", whole[0])
  }

  @Test func missingShardsAreNamed() async throws {
    let paths = try await parts([1, 3, 4], of: 4)
    expectRefusal(paths, naming: "shard 2/4 is missing", paths[0])
    expectRefusal([paths[1]], naming: "shards 1/4, 2/4, 4/4 are missing", paths[1])
    // A machine that has one image less.
    let fewer = try SyntheticImages(count: 39, in: folder)
    let less = try await parts([2], of: 2, name: "less", source: fewer.source)
    try await expectRefusal(parts([1], of: 2) + less, naming: "are of other sources", "1of2.state", less[0])
    try await expectRefusal(
      parts([1], of: 2) + parts([1], of: 3), naming: "different numbers of shards", "1of2.state", "1of3.state"
    )
  }

  @Test func anotherModelIsRefused() async throws {
    let paths =
      try await parts([1], of: 2) + parts([2], of: 2, name: "other", network: "vgg.ts.onnx")
    expectRefusal(paths, naming: paths[0], paths[1], "the model of SHA-256")
    let both = try await parts([1, 2], of: 2)
    await #expect {
      try await MergedFit(model: Fixtures.url("vgg.ts.onnx"), parts: both, engine: Engine())
    } throws: {
      ($0 as? OddityError)?.code == .badData && "\($0)".contains("vgg.ts.onnx")
    }
  }

  @Test func othersTermsAreRefusedAndSaid() async throws {
    let first = try await parts([1], of: 2)
    func other(_ name: String, _ change: (inout FitOptions) throws -> Void) async throws -> [String] {
      try await first + parts([2], of: 2, name: name, change)
    }
    try await expectRefusal(other("seed") { $0.seed = 7 }, naming: "`seed` 7", "with 0")
    try await expectRefusal(other("score") { $0.scores = [.energy] }, naming: "`scores` energy")
    try await expectRefusal(other("alpha") { $0.alpha = try Alpha(parsing: "0.1") }, naming: "`alpha` 0.1")
    try await expectRefusal(other("block") { $0.block = .named("0") }, naming: "`block` 0")
    try await expectRefusal(other("limit") { $0.limit = 30 }, naming: "`limit` 30", "with none")
    try await expectRefusal(
      other("std") { $0.preprocessing = try Preprocessing.load("cifar") }, naming: "the preprocessing")
  }

  @Test func anotherVersionIsRefused() async throws {
    let paths = try await parts([1, 2], of: 2)
    try rewrite(paths[1]) {
      $0.replacingOccurrences(of: #"\"oddity_version\":\""#, with: #"\"oddity_version\":\"9"#)
    }
    expectRefusal(paths, naming: paths[1], "with Oddity 9")
    try rewrite(paths[1]) { $0.replacingOccurrences(of: #"\"format\":2"#, with: #"\"format\":1"#) }
    expectRefusal(paths, naming: paths[1], "was written by Oddity 9")
  }

  /// Changes the header of a file and its checksum.
  private func rewrite(_ path: String, _ change: (String) -> String) throws {
    let file = try Data(contentsOf: URL(filePath: path))
    let length = Int(try #require(file.prefix(8).littleEndianWords(UInt64.self)?.first))
    let old = String(decoding: file[8..<8 + length], as: UTF8.self)
    let header = Data(change(old).utf8)
    #expect(header != Data(old.utf8))
    let body = Data(littleEndian: [UInt64(header.count)]) + header + file[(8 + length)...].dropLast(32)
    try (body + TensorArchiveTests.sha256(body)).write(to: URL(filePath: path))
  }

  @Test func whatIsNoPartIsRefused() async throws {
    let paths = try await parts([1], of: 1)
    let text = folder.path("notes.txt")
    try Data("not a part at all".utf8).write(to: URL(filePath: text))
    expectRefusal(paths + [text], naming: text)
    expectRefusal(paths + [Fixtures.url("vgg.ts.onnx").path], naming: "vgg.ts.onnx")
    expectRefusal(paths + [folder.path("absent.state")], naming: "absent.state")
    let empty = folder.path("empty.state")
    try Data().write(to: URL(filePath: empty))
    expectRefusal(paths + [empty], naming: empty)
    let foreign = folder.path("foreign.state")
    let file = try AtomicFile(path: foreign)
    try await TensorArchive.write([.init("weights", [Float(1)])], metadata: ["format": "pt"], to: file)
    try file.commit()
    expectRefusal(paths + [foreign], naming: foreign, "not a part of a fit")
  }

  @Test func damagedPartsAreRefused() async throws {
    let paths = try await parts([1, 2], of: 2)
    let whole = try Data(contentsOf: URL(filePath: paths[1]))
    try whole.dropLast(1_000).write(to: URL(filePath: paths[1]))
    expectRefusal(paths, naming: paths[1], "cut short")
    var changed = whole
    changed[whole.count / 2] ^= 1
    try changed.write(to: URL(filePath: paths[1]))
    expectRefusal(paths, naming: paths[1], "damaged")
  }
}

import Foundation
import Imaging
import Testing
import TestSupport

@testable import OddityBenchmark

/// The images of each set of a suite.
struct SuiteSetsTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let pixels = [UInt8](repeating: 7, count: 200 * 4 * 4 * 3)
    for name in ["a", "b", "odd"] {
      try NumPyFile.write(
        pixels, shape: [200, 4, 4, 3], to: folder.url.appending(path: "\(name).npy"))
    }
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("link.npy"), withDestinationPath: "a.npy")
  }

  private func sets(_ id: String, seed: Int = 0, rest: String = "") throws -> SuiteSets {
    let suite = """
      networks: [{name: n, model: n.onnx}]
      id: {\(id)}
      ood: [{name: odd, source: odd.npy}]
      seed: \(seed)
      \(rest)
      """
    try Data(suite.utf8).write(to: folder.url.appending(path: "s.yaml"))
    return try SuiteSets(Suite(contentsOf: folder.path("s.yaml")))
  }

  private func names(_ set: ImageSet?) -> [String] { set?.items.map(\.path) ?? [] }

  /// An independent implementation of SplitMix64's first draw.
  private func firstDraw(_ row: Int, seed: UInt64) -> UInt64 {
    let id = String(row).utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    var z = (seed ^ id) &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  @Test func aSourceUnderOneKeyIsWhole() throws {
    let sets = try sets("fit: a.npy, evaluate: b.npy")
    #expect(sets.all.map(\.name) == ["fit", "evaluate", "odd"] && sets.all.map(\.count) == [200, 200, 200])
    #expect(sets.calibration == nil)
  }

  @Test func aSourceUnderTwoKeysIsDealtByTheFirstDraw() throws {
    let sets = try sets("fit: a.npy, evaluate: link.npy", seed: 9)
    for (set, place) in [(sets.fit, 0), (sets.evaluate, 1)] {
      let rows = (0..<200).filter { firstDraw($0, seed: 9) % 2 == UInt64(place) }
      #expect(names(set) == rows.map { "#\($0)" })
      #expect((70...130).contains(rows.count))
    }
  }

  @Test func threeKeysShareWithoutOverlap() throws {
    let sets = try sets("fit: [b.npy, a.npy], calibration: a.npy, evaluate: a.npy")
    let ofA = [Array(names(sets.fit).dropFirst(200)), names(sets.calibration), names(sets.evaluate)]
    #expect(ofA.allSatisfy { $0.count > 40 })
    #expect(Set(ofA.joined()).count == 200 && ofA.joined().count == 200)
    #expect(names(sets.fit).prefix(200).elementsEqual((0..<200).map { "#\($0)" }))
  }

  /// The sample consists of the images for fitting with the smallest keys. Other images are not sampled.
  @Test func theLimitSamplesEachSourceOfFit() throws {
    let sets = try sets("fit: [a.npy, b.npy], evaluate: a.npy", rest: "limit: 30")
    #expect(sets.fit.stretches.map(\.positions.count) == [30, 30])
    let dealt = (0..<200).filter { firstDraw($0, seed: 0).isMultiple(of: 2) }
    let smallest = dealt.sorted { firstDraw($0, seed: 0) < firstDraw($1, seed: 0) }.prefix(30).sorted()
    #expect(sets.fit.stretches[0].positions == smallest)
    #expect(sets.evaluate.count == 200 - dealt.count)
  }

  /// The fingerprint is independent of the seed. It differs for other images, and for a file that was written
  /// again.
  @Test func theFingerprintTellsImagesApart() throws {
    let before = try ImageFingerprint.hex(of: sets("fit: a.npy, evaluate: b.npy").fit)
    #expect(try ImageFingerprint.hex(of: sets("fit: a.npy, evaluate: b.npy", seed: 1).fit) == before)
    #expect(try ImageFingerprint.hex(of: sets("fit: a.npy, evaluate: a.npy").fit) != before)
    let content = try Data(contentsOf: folder.url.appending(path: "a.npy"))
    try content.write(to: folder.url.appending(path: "a.npy"))
    #expect(try ImageFingerprint.hex(of: sets("fit: a.npy, evaluate: b.npy").fit) != before)
  }

  /// In a folder, every file counts.
  @Test func theFingerprintOfAFolderNoticesOneFile() throws {
    let pictures = folder.url.appending(path: "pictures")
    try FileManager.default.createDirectory(at: pictures, withIntermediateDirectories: false)
    for index in 0..<5 { try Data([1]).write(to: pictures.appending(path: "\(index).png")) }
    func fingerprint() throws -> String {
      try ImageFingerprint.hex(of: sets("fit: pictures, evaluate: b.npy").fit)
    }
    let before = try fingerprint()
    #expect(try fingerprint() == before)
    try Data([1, 2]).write(to: pictures.appending(path: "3.png"))
    #expect(try fingerprint() != before)
  }
}

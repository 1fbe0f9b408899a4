import Foundation
import Oddity
import Testing
import TestSupport

@testable import OddityFit

/// Every kind against NumPy and SciPy in float64, from the documented definitions.
@Suite struct PseudoOODReferenceTests {
  struct Case: Encodable, Sendable {
    var kind: String
    var seed: String
    var id: String
    var channels: Int
    var height: Int
    var width: Int
    /// In the order channel, row, column.
    var image: [Float]
    var donors: [LentImage]
  }

  struct LentImage: Encodable, Sendable {
    var id: String
    var values: [Float]
  }

  static let kinds = [
    "jigsaw", "jigsaw:2", "gaussian-noise", "gaussian-noise:0.25", "uniform-noise", "blur", "blur:0.7",
    "blur:9",
    "rotation", "cutmix", "cutmix:0.1", "patch-shuffle", "patch-shuffle:2", "pixel-shuffle",
  ]

  /// Channels, height, width: square, with sides that no grid divides, long, and barely large enough.
  static let shapes = [[3, 32, 32], [1, 28, 28], [2, 7, 11], [4, 23, 9], [3, 4, 4]]

  /// Shapes that no grid fits into.
  static let narrowShapes = [[2, 9, 1], [1, 1, 1], [3, 1, 6]]

  static let cases =
    shapes.flatMap { cases(of: kinds, shape: $0) }
    + narrowShapes.flatMap { cases(of: kinds.filter { !hasGrid($0) }, shape: $0) }

  static func hasGrid(_ kind: String) -> Bool { kind.hasPrefix("jigsaw") || kind.hasPrefix("patch-shuffle") }

  /// Two ids each, 2⁶⁴ − 1 among them.
  private static func cases(of kinds: [String], shape: [Int]) -> [Case] {
    kinds.flatMap { kind in
      ["18446744073709551615", "987654321"].map { makeCase(kind, shape: shape, id: $0) }
    }
  }

  static func makeCase(_ kind: String, shape: [Int], seed: String = "12345678901234567890", id: String)
    -> Case
  {
    var random = SplitMix64(seed: 5)
    func image() -> [Float] { (0..<shape.reduce(1, *)).map { _ in Float(4 * random.nextUnit() - 2) } }
    return Case(
      kind: kind, seed: seed, id: id, channels: shape[0], height: shape[1], width: shape[2], image: image(),
      donors: ["7", id, "8"].map { LentImage(id: $0, values: image()) })
  }

  @Test func agreesWithNumPyInBothLayouts() throws {
    let answers: [[Double]] = try PythonReference.run("pseudo_ood_reference.py", Self.cases)
    for (item, answer) in zip(Self.cases, answers) {
      let first = try Self.pseudoOOD(item, channelsLast: false)
      let difference = zip(first, answer).map { abs(Double($0) - $1) }.max()
      #expect(try #require(difference) < 1e-6, "\(item.kind) of \(item.height)×\(item.width)")
      let last = try Self.pseudoOOD(item, channelsLast: true)
      #expect(last == Self.channelsLast(first, of: item), "\(item.kind) of \(item.height)×\(item.width)")
    }
    #expect(answers.count == Self.cases.count)
  }

  static func pseudoOOD(_ item: Case, channelsLast last: Bool) throws -> [Float] {
    let shape: ImageShape =
      last
      ? .channelsLast(height: item.height, width: item.width, channels: item.channels)
      : .channelsFirst(channels: item.channels, height: item.height, width: item.width)
    func image(_ values: [Float]) -> [Float] { last ? channelsLast(values, of: item) : values }
    let donors = try item.donors.map { Donor(id: try #require(UInt64($0.id)), values: image($0.values)) }
    return try PseudoOOD(parsing: item.kind).apply(
      to: image(item.image), shape: shape, id: #require(UInt64(item.id)), seed: #require(UInt64(item.seed)),
      donors: donors)
  }

  /// Values in the order channel, row, column, reordered to row, column, channel.
  static func channelsLast(_ values: [Float], of item: Case) -> [Float] {
    let pixels = item.height * item.width
    return (0..<pixels).flatMap { pixel in (0..<item.channels).map { values[$0 * pixels + pixel] } }
  }
}

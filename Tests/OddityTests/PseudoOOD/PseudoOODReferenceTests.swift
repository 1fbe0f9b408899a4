import Foundation
import Oddity
import Testing
import TestSupport

@testable import OddityFit

/// Compares every kind with NumPy and SciPy in float64, implemented from the documented definitions.
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
    "rotation", "cutmix", "cutmix:0.1", "patch-shuffle", "patch-shuffle:2", "pixel-shuffle", "zoom",
    "zoom:1.3", "phase", "amplitude", "tile", "tile:3", "edges", "pink", "pink:0", "stripes", "shapes",
    "strokes", "invert", "mixup", "mixup:0.2",
  ]

  /// Kinds whose random draws select very different pictures get a few more cases.
  static let drawings = ["stripes", "shapes", "strokes"]

  /// Channels, height, width: square, with sides that no grid divides, long, and barely large enough.
  static let shapes = [[3, 32, 32], [1, 28, 28], [2, 7, 11], [4, 23, 9], [3, 4, 4]]

  static let mixing = ["cutmix", "mixup", "amplitude"]

  /// Shapes that are smaller than every grid.
  static let narrowShapes = [[2, 9, 1], [1, 1, 1], [3, 1, 6]]

  static let cases =
    shapes.flatMap { cases(of: kinds, shape: $0) }
    + narrowShapes.flatMap { cases(of: kinds.filter { !needsTiles($0) }, shape: $0) }
    + drawings.flatMap { kind in (1...8).map { makeCase(kind, shape: [3, 21, 34], id: "\($0)") } }

  static func needsTiles(_ kind: String) -> Bool {
    kind.hasPrefix("jigsaw") || kind.hasPrefix("patch-shuffle")
  }

  /// Two ids each, including 2⁶⁴ − 1.
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
      donors: mixing.contains { kind.hasPrefix($0) }
        ? ["7", id, "8"].map { LentImage(id: $0, values: image()) } : [])
  }

  @Test func agreesWithNumPyInBothLayouts() throws {
    let answers: [[Double]] = try PythonReference.run("pseudo_ood_reference.py", Self.cases)
    for (item, answer) in zip(Self.cases, answers) {
      let first = try Self.pseudoOOD(item, channelsLast: false)
      #expect(first.count == answer.count)
      #expect(
        zip(first, answer).allSatisfy { Self.isRounded($1, to: $0) },
        "\(item.kind) of \(item.height)×\(item.width)")
      let last = try Self.pseudoOOD(item, channelsLast: true)
      #expect(last == Self.channelsLast(first, of: item), "\(item.kind) of \(item.height)×\(item.width)")
    }
    #expect(answers.count == Self.cases.count)
  }

  /// Whether a value was computed in double precision and rounded once.
  private static func isRounded(_ value: Double, to float: Float) -> Bool {
    abs(Double(float) - value) <= 0.5 * Double(float.ulp) + 1e-9
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

  /// Reorders values from the order channel, row, column to row, column, channel.
  static func channelsLast(_ values: [Float], of item: Case) -> [Float] {
    let pixels = item.height * item.width
    return (0..<pixels).flatMap { pixel in (0..<item.channels).map { values[$0 * pixels + pixel] } }
  }
}

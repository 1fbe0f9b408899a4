import Oddity
import TestSupport
import Testing

@Suite struct JigsawTests {
  struct Case: Encodable, Sendable {
    var seed: String
    var id: String
    var grid: Int
    var channels: Int
    var height: Int
    var width: Int
  }

  struct Answer: Decodable {
    var samplingKey: String
    var partDraw: Double
    var permutation: [Int]
    var channelsFirst: [Float]
    var channelsLast: [Float]
  }

  static let cases = [
    Case(seed: "0", id: "0", grid: 3, channels: 3, height: 32, width: 32),
    Case(seed: "1", id: "18446744073709551615", grid: 3, channels: 1, height: 28, width: 28),
    Case(seed: "12345678901234567890", id: "987654321", grid: 2, channels: 2, height: 7, width: 11),
    Case(seed: "3", id: "4", grid: 4, channels: 3, height: 4, width: 5),
    Case(seed: "3", id: "5", grid: 5, channels: 2, height: 23, width: 9),
  ]

  /// Values 1, 2, 3, … in channels-first order, as the reference fills its image.
  static func image(_ shape: Case, channelsLast: Bool) -> [Float] {
    let plane = shape.height * shape.width
    guard channelsLast else { return (1...shape.channels * plane).map(Float.init) }
    return (0..<plane).flatMap { pixel in (0..<shape.channels).map { Float($0 * plane + pixel + 1) } }
  }

  static func jigsaw(
    _ image: [Float], grid: Int, shape: ImageShape, permutation: [Int]
  ) throws -> [Float] {
    var result = Array(repeating: Float.nan, count: image.count)
    try image.withUnsafeBufferPointer { image in
      try result.withUnsafeMutableBufferPointer { result in
        try Jigsaw(grid: grid).apply(from: image, into: result, shape: shape, permutation: permutation)
      }
    }
    return result
  }

  @Test func agreesWithNumPyInBothLayouts() throws {
    let answers: [Answer] = try PythonReference.run("jigsaw_reference.py", Self.cases)
    for (shape, answer) in zip(Self.cases, answers) {
      let seed = try #require(UInt64(shape.seed))
      let id = try #require(UInt64(shape.id))
      let random = ImageRandomness(seed: seed, id: id)
      #expect(String(random.samplingKey) == answer.samplingKey)
      #expect(random.partDraw == answer.partDraw)
      let permutation = random.permutation(count: shape.grid * shape.grid)
      #expect(permutation == answer.permutation)
      let first = ImageShape.channelsFirst(channels: shape.channels, height: shape.height, width: shape.width)
      let last = ImageShape.channelsLast(height: shape.height, width: shape.width, channels: shape.channels)
      #expect(
        try Self.jigsaw(
          Self.image(shape, channelsLast: false), grid: shape.grid, shape: first, permutation: permutation)
          == answer.channelsFirst)
      #expect(
        try Self.jigsaw(
          Self.image(shape, channelsLast: true), grid: shape.grid, shape: last, permutation: permutation)
          == answer.channelsLast)
    }
  }

  @Test func theIdentityGivesTheImageAndZeroesWhatIsLeftOver() throws {
    let shape = ImageShape.channelsFirst(channels: 1, height: 4, width: 4)
    let result = try Self.jigsaw(
      (1...16).map(Float.init), grid: 3, shape: shape, permutation: Array(0..<9))
    #expect(result == [1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 0, 0, 0, 0, 0])
  }

  @Test func anImageSmallerThanTheGridIsRefused() throws {
    let shape = ImageShape.channelsFirst(channels: 1, height: 2, width: 8)
    let error = try #require(throws: OddityError.self) {
      _ = try Self.jigsaw(Array(repeating: 1, count: 16), grid: 3, shape: shape, permutation: Array(0..<9))
    }
    #expect(error.code == .badData)
    #expect(error.message.contains("2×8"))
  }

  @Test(arguments: [-1, 0, 1, 1_025, Int.max])
  func anImpossibleGridIsRefused(grid: Int) throws {
    #expect(try #require(throws: OddityError.self) { try Jigsaw(grid: grid) }.code == .usage)
  }
}

import Imaging
import Testing

@testable import OddityModel
@testable import OddityStatistics

struct StoredMapTests {
  private func values(_ images: Int, positions: Int, seed: UInt64) -> [[Float]] {
    var random = SplitMix64(seed: seed)
    return (0..<images).map { _ in (0..<positions).map { Float($0 + 1) * Float(random.nextUnit()) } }
  }

  /// With few images every rank is stored, so p-values are exact.
  @Test func pValuesOfFewImagesAreExact() {
    let known = values(90, positions: 6, seed: 1)
    let map = StoredMap(known, height: 2, width: 3)
    for image in values(20, positions: 6, seed: 2) + [known[3]] {
      let expected = image.indices.map { position in
        Float(1 + known.count { $0[position] <= image[position] }) / 91
      }
      #expect(map.pValues(image) == expected)
    }
  }

  @Test(arguments: [(1_000, 12), (700, 4_096), (5, 3)])
  func ranksAreAscendingAndEndAtTheLargest(images: Int, positions: Int) {
    let ranks = StoredMap.ranks(images: images, positions: positions)
    #expect(ranks.first == 1 && ranks.last == images && ranks.count <= 160)
    #expect(zip(ranks, ranks.dropFirst()).allSatisfy { $0 < $1 })
  }

  /// P(p ≤ k/(n + 1)) is k/(n + 1) for each stored rank k, and the ranks are close together.
  @Test func pValuesOfManyImagesAreUniform() {
    let map = StoredMap(values(2_000, positions: 4, seed: 3), height: 2, width: 2)
    let pValues = values(4_000, positions: 4, seed: 4).map { map.pValues($0) }
    for position in 0..<4 {
      for level in stride(from: 0.02, through: 0.98, by: 0.02) {
        let share = Double(pValues.count { Double($0[position]) <= level }) / 4_000
        // Four standard deviations of both samples, and one step of the quantiles.
        let deviation = (level * (1 - level) * (1 / 4_000 + 1.0 / 2_000)).squareRoot()
        #expect(share <= level + 4 * deviation && share >= level - 4 * deviation - 1.0 / 128)
      }
    }
  }

  /// Positions that are zero in most images, as after ReLU, are not strange if they are zero.
  @Test func tiesCountAsUsual() {
    let map = StoredMap((0..<40).map { [$0 < 30 ? 0 : Float($0)] }, height: 1, width: 1)
    let (least, silent): (Float, Float) = (1.0 / 41, 31.0 / 41)
    #expect(map.pValues([0]) == [silent])
    #expect(map.pValues([-1]) == [least])
    #expect(map.pValues([100]) == [1])
    #expect(map.pValues([.nan]) == [least])
  }

  /// NaN counts as the lowest value, for calibration images and others.
  @Test func whatIsNoNumberIsAsStrangeAsItIsRare() {
    let map = StoredMap((0..<20).map { [$0 < 4 ? -.infinity : Float($0)] }, height: 1, width: 1)
    #expect(map.pValues([.nan]) == [5.0 / 21])
    #expect(map.pValues([-1]) == [5.0 / 21])
  }

  @Test func itIsReadBack() throws {
    let map = StoredMap(values(300, positions: 6, seed: 5), height: 2, width: 3)
    #expect(StoredMap(json: try map.json()) == map)
  }

  @Test func whatIsDamagedIsNotRead() throws {
    let json = try StoredMap(values(30, positions: 6, seed: 5), height: 2, width: 3).json()
    #expect(StoredMap(json: json.replacing("\"width\":3", with: "\"width\":4")) == nil)
    #expect(StoredMap(json: json.replacing("\"images\":30", with: "\"images\":29")) == nil)
    #expect(StoredMap(json: "{}") == nil)
    let reversed = StoredMap(height: 1, width: 1, images: 2, ranks: [1, 2], quantiles: [2, 1])
    #expect(StoredMap(json: try reversed.json()) == nil)
  }
}

struct ScoreMapTests {
  /// The upper half is strange, so only it is red.
  @Test func strangePositionsAreRed() throws {
    let preprocessing = try Preprocessing.load("cifar").resolved(inputShape: [nil, 3, 32, 32])
    let grey = preprocessing.mean.indices.flatMap { channel in
      Array(
        repeating: Float((0.5 - preprocessing.mean[channel]) / preprocessing.std[channel]), count: 32 * 32)
    }
    let map = ScoreMap(
      height: 2, width: 2, contributions: [0, 0, 1, 1], pValues: [0.001, 0.001, 0.6, 0.6], input: grey[...],
      preprocessing: preprocessing)
    let drawn = try #require(map.drawn())
    #expect(drawn.width == 224 && drawn.height == 224 && drawn.channels == 3)
    func pixel(_ x: Int, _ y: Int) -> [UInt8] {
      let start = (y * drawn.width + x) * 3
      return Array(drawn.pixels[start..<start + 3])
    }
    #expect(pixel(100, 5) == [199, 38, 66] && pixel(100, 220) == [128, 128, 128])
  }
}

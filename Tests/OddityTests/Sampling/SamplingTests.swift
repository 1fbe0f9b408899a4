import Oddity
import Testing
import TestSupport

@Suite struct SamplingTests {
  @Test func splitMix64GivesThePublishedSequence() {
    var generator = SplitMix64(seed: 1_234_567)
    let expected: [UInt64] = [
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
    ]
    #expect(expected.map { _ in generator.next() } == expected)
  }

  @Test func everyDrawAgreesWithPython() throws {
    struct Case: Encodable {
      let seed, id: String
      let count: Int
      let kind: String
    }
    struct Answer: Decodable {
      let samplingKey: String
      let partDraw: Double
      let permutation: [Int]
      let firstDraw: String
    }
    let numbers: [UInt64] = [0, 1, 12_345_678_901_234_567_890, .max]
    let pairs = numbers.flatMap { seed in numbers.map { (seed: seed, id: $0) } }
    let cases = pairs.map { Case(seed: "\($0.seed)", id: "\($0.id)", count: 9, kind: "pixel-shuffle") }
    let answers = try PythonReference.run("randomness_reference.py", cases, as: [Answer].self)
    #expect(answers.count == pairs.count)
    for (pair, answer) in zip(pairs, answers) {
      let random = ImageRandomness(seed: pair.seed, id: pair.id)
      var stream = random.stream(of: "pixel-shuffle")
      #expect("\(random.samplingKey)" == answer.samplingKey && random.partDraw == answer.partDraw)
      #expect(random.permutation(count: 9) == answer.permutation)
      #expect("\(stream.next())" == answer.firstDraw)
    }
  }

  @Test func aPermutationIsRepeatableAndComplete() {
    let image = ImageRandomness(seed: 7, id: 42)
    #expect(image.permutation(count: 9) == image.permutation(count: 9))
    #expect(image.permutation(count: 9).sorted() == Array(0..<9))
    #expect(image.permutation(count: 0).isEmpty)
    #expect(image.permutation(count: 1) == [0])
  }

  /// χ² of the first tile over 9,000 images. 26.1 is its 99.9 % quantile at 8 degrees of freedom.
  @Test func everyTileIsFirstEquallyOften() {
    var counts = Array(repeating: 0, count: 9)
    for id in 0..<9_000 { counts[ImageRandomness(seed: 1, id: UInt64(id)).permutation(count: 9)[0]] += 1 }
    let statistic = counts.reduce(0.0) { $0 + Double(($1 - 1_000) * ($1 - 1_000)) / 1_000 }
    #expect(statistic < 26.1)
  }

  @Test func aSampleIsSeededAscendingAndNested() {
    let ids = (0..<1_000).map(UInt64.init)
    let small = Sample.positions(ids: ids, limit: 50, seed: 3)
    let large = Sample.positions(ids: ids, limit: 200, seed: 3)
    #expect(small.count == 50 && large.count == 200)
    #expect(small == small.sorted() && Set(small).isSubset(of: large))
    #expect(small != Sample.positions(ids: ids, limit: 50, seed: 4))
    #expect(Sample.positions(ids: ids, limit: 1_000, seed: 3) == Array(0..<1_000))
    #expect(Sample.positions(ids: ids, limit: 0, seed: 3).isEmpty)
  }

  @Test func aSampleHoldsTheSmallestKeysAndTiesGoByPosition() {
    let ids: [UInt64] = [5, 9, 5, 9, 5, 9]
    let keys = ids.map { ImageRandomness(seed: 0, id: $0).samplingKey }
    let smaller = keys[0] < keys[1] ? [0, 2, 4] : [1, 3, 5]
    #expect(Sample.positions(ids: ids, limit: 2, seed: 0) == Array(smaller.prefix(2)))
  }

  /// The selection of an image does not depend on the other images.
  @Test func aSampleFollowsTheIdsNotTheirOrder() {
    let ids = (0..<300).map { UInt64($0) &* 0x9E37_79B9 }
    let forward = Set(Sample.positions(ids: ids, limit: 100, seed: 8).map { ids[$0] })
    let backwards = Array(ids.reversed())
    let reversed = Set(Sample.positions(ids: backwards, limit: 100, seed: 8).map { backwards[$0] })
    #expect(forward == reversed)
  }

  @Test(arguments: [(false, [0.6, 0.2, 0.2]), (true, [0.75, 0.25, 0])])
  func partsHaveTheirShares(hasCalibrationSource: Bool, shares: [Double]) {
    let parts = Parts(hasCalibrationSource: hasCalibrationSource)
    var counts: [Part: Int] = [:]
    for id in 0..<20_000 {
      counts[parts.part(of: ImageRandomness(seed: 11, id: UInt64(id))), default: 0] += 1
    }
    for (part, share) in zip(Part.allCases, shares) {
      let observed = Double(counts[part] ?? 0) / 20_000
      #expect(abs(observed - share) <= 4 * (share * (1 - share) / 20_000).squareRoot(), "\(part)")
    }
  }

  private static let partsOfID: [Part] = [.fit, .select, .calibrate]

  @Test func thePaperSplitWidensNormRatioAlone() {
    let image = ImageRandomness(seed: 0, id: 1)
    let (plain, paper) = (
      Parts(hasCalibrationSource: false), Parts(hasCalibrationSource: false, normRatioImages: .all)
    )
    #expect(plain.part(of: image) == paper.part(of: image))
    #expect(Self.partsOfID.map(plain.entersNormRatio) == [true, false, false])
    #expect(Self.partsOfID.map(paper.entersNormRatio) == [true, true, true])
    let named = Parts(hasCalibrationSource: false, normRatioImages: .selectPart)
    #expect(Self.partsOfID.map(named.entersNormRatio) == [false, true, false])
  }
}

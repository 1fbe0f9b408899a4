import Testing

@testable import OddityStatistics

/// Simulations of the lower bound of the share of strange images, and of the shift of scores.
@Suite struct StrangeShareTests {
  private func normals(_ count: Int, mean: Double = 0, _ random: inout SplitMix64) -> [Float] {
    (0..<count).map { _ in Float(random.nextNormal() + mean) }
  }

  /// OOD images that are difficult to distinguish, and some that are not.
  @Test(arguments: [0, 10, 25, 50], [0.5, 2, 8])
  func theBoundIsRarelyAboveTheTruth(percent: Int, distance: Double) {
    var random = SplitMix64(seed: UInt64(percent + 1) &* 31 &+ UInt64(distance * 10))
    var above = 0
    for _ in 0..<300 {
      let calibration = normals(400, &random)
      let strangers = 2 * percent
      let batch = normals(200 - strangers, &random) + normals(strangers, mean: -distance, &random)
      let share = StrangeShare(batch, calibrationScores: calibration, confidence: 0.95)
      #expect(share.images == 200)
      if share.atLeast > strangers { above += 1 }
    }
    // With a true rate of 5 %, more than 24 of 300 have a probability of one per cent.
    #expect(above <= 24)
  }

  @Test func strangersThatStandApartAreCounted() {
    var random = SplitMix64(seed: 3)
    let calibration = normals(1_000, &random)
    let batch = normals(250, &random) + normals(250, mean: -20, &random)
    let share = StrangeShare(batch, calibrationScores: calibration, confidence: 0.95)
    #expect(share.atLeast > 235 && share.atLeast <= 250)
    #expect(share.share == Double(share.atLeast) / 500)
  }

  @Test func whatIsNoNumberIsStrangeAndTiesAreNot() {
    let equal = StrangeShare(
      Array(repeating: 1, count: 50), calibrationScores: Array(repeating: 1, count: 100), confidence: 0.95)
    #expect(equal.atLeast == 0)
    let unknown = StrangeShare(
      Array(repeating: .nan, count: 50), calibrationScores: (0..<100).map { Float($0) }, confidence: 0.95)
    #expect(unknown.atLeast > 40)
    #expect(StrangeShare([], calibrationScores: [1], confidence: 0.95).share == 0)
  }

  @Test func shiftsAreFoundAndNoShiftIsRarelyCalledOne() {
    var random = SplitMix64(seed: 8)
    var called = 0
    for draw in 0..<200 {
      let shift = ScoreShift(
        normals(60, &random), calibrationScores: normals(150, &random), seed: UInt64(draw))
      if shift.pValue <= 0.05 { called += 1 }
    }
    // With a true rate of 5 %, more than 18 of 200 have a probability of one per cent.
    #expect(called <= 18)
    let calibration = normals(300, &random)
    #expect(
      ScoreShift(normals(100, mean: -1, &random), calibrationScores: calibration, seed: 1).pValue < 0.01)
    #expect(ScoreShift(normals(100, mean: 1, &random), calibrationScores: calibration, seed: 1).pValue < 0.01)
    let wide = normals(150, &random).map { 4 * $0 }
    #expect(ScoreShift(wide, calibrationScores: calibration, seed: 1).pValue < 0.01)
  }

  @Test func equalScoresTellOfNoShift() {
    let equal = Array(repeating: Float(2), count: 40)
    #expect(ScoreShift(equal, calibrationScores: equal, seed: 1).pValue == 1)
    #expect(ScoreShift([.nan] + equal, calibrationScores: equal, seed: 1).pValue > 0.05)
  }

  @Test func pointsThatLieTogetherAreGrouped() {
    var random = SplitMix64(seed: 9)
    let middles = [[0.0, 0], [10, 0], [0, 10]]
    let points = (0..<90).map { middles[$0 % 3].map { $0 + random.nextNormal() } }
    let clusters = Clusters(points, most: 6, seed: 1)
    #expect(clusters.centres.count == 3)
    for start in 0..<3 {
      #expect(Set(stride(from: start, to: 90, by: 3).map { clusters.groups[$0] }).count == 1)
    }
    let one = Clusters((0..<60).map { _ in [random.nextNormal(), random.nextNormal()] }, most: 6, seed: 1)
    #expect(one.centres.count >= 1 && one.groups.count == 60)
    #expect(Clusters([[1, 2]], most: 6, seed: 1).groups == [0])
    #expect(Clusters(Array(repeating: [1, 2], count: 9), most: 6, seed: 1).centres == [[1, 2]])
  }
}

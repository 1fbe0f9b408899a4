import Foundation
import Testing
import TestSupport

@testable import OddityStatistics

struct StreamMartingaleTests {
  private struct Task: Encodable {
    let calibration: [Float]
    let stream: [Float]
    let seed: UInt64
  }

  private struct Reference: Decodable {
    let pValues: [Double]
    let logWealth: [Double]

    enum CodingKeys: String, CodingKey { case pValues = "p_values", logWealth = "log_wealth" }
  }

  @Test(arguments: [1, 20, 999, 6_000])
  func pValuesAndWealthAreTheReferences(_ size: Int) throws {
    let calibration = normal(size, seed: 3)
    let stream = normal(400, seed: 4) + normal(300, seed: 5).map { $0 - 1.5 } + [.nan, .infinity, -.infinity]
    let reference = try PythonReference.run(
      "martingale_reference.py", Task(calibration: calibration, stream: stream, seed: 17), as: Reference.self)
    var martingale = StreamMartingale(ScoreBins(calibration), seed: 17)
    for (score, (p, logWealth)) in zip(stream, zip(reference.pValues, reference.logWealth)) {
      #expect(abs(martingale.observe(score) - p) < 1e-12)
      #expect(abs(martingale.state.logWealth - logWealth) < 1e-9 * max(1, abs(logWealth)))
    }
    #expect(martingale.state.images == stream.count)
  }

  /// Ville's inequality, also with ties: at most a share δ of the streams ever raises an alarm. With δ = 5 %,
  /// 23 or more of 200 have a probability of 0.0003.
  @Test(arguments: [200, 1_000], [false, true])
  func streamsOfTheSameKindSeldomAlarm(size: Int, isTied: Bool) {
    let alarms = (0..<200).count { round in
      let scores = normal(size + 1_500, seed: UInt64(1_000 + round)).map { isTied ? $0.rounded() : $0 }
      return alarm(calibration: Array(scores[..<size]), stream: scores[size...], seed: UInt64(round)) != nil
    }
    #expect(alarms < 23)
  }

  /// Also long after the start, when most of the wealth has waited.
  @Test(arguments: [0, 2_000])
  func strangersAmongTheImagesAreNoticedSoon(before: Int) throws {
    let delays = try (0..<20).map { round in
      let seed = UInt64(10 * round)
      let known = normal(1_000 + before, seed: seed)
      let mixed = zip(normal(600, seed: seed + 1), normal(600, seed: seed + 2)).enumerated().map {
        $0.isMultiple(of: 5) ? $1.0 - 3 : $1.1
      }
      let end = try #require(
        alarm(calibration: Array(known[..<1_000]), stream: known[1_000...] + mixed, seed: seed))
      return end - before
    }
    #expect(delays.sorted()[10] < 200)
    // A false alarm before the change has a probability of at most 5 %.
    #expect(delays.count { $0 <= 0 } <= 4)
  }

  @Test func aLongChangeKeepsTheWealthFinite() {
    let calibration = normal(500, seed: 8)
    var martingale = StreamMartingale(ScoreBins(calibration), seed: 1)
    for _ in 0..<100_000 { martingale.observe(-9) }
    #expect(martingale.state.logWealth.isFinite && martingale.state.largestLogWealth > 100)
    #expect(martingale.state.hasAlarmed(delta: 1e-6))
  }

  /// The number of images after which the wealth reaches 20.
  private func alarm(calibration: [Float], stream: some Sequence<Float>, seed: UInt64) -> Int? {
    var martingale = StreamMartingale(ScoreBins(calibration), seed: seed)
    for score in stream {
      martingale.observe(score)
      if martingale.state.hasAlarmed(delta: 0.05) { return martingale.state.images }
    }
    return nil
  }

  private func normal(_ count: Int, seed: UInt64) -> [Float] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { _ in Float(random.nextNormal()) }
  }
}

import Foundation
import Oddity

/// False alarms and delays of drift monitoring over many streams of real scores.
///
/// Usage: `DriftSimulation ID.jsonl OOD.jsonl`, with lines of `oddity score`. Prints a Markdown table.
@main
struct DriftSimulation {
  private let inDistribution: [Float]
  private let strange: [Float]

  private static let streams = 1_000
  private static let length = 10_000
  private static let delta = 0.05
  private static let sizes = [200, 1_000, 5_000]
  /// The number of ID images before a change.
  private static let starts = [0, 1_000, 5_000]

  static func main() throws {
    let files = CommandLine.arguments.dropFirst()
    guard files.count == 2 else {
      print("usage: DriftSimulation ID.jsonl OOD.jsonl")
      exit(2)
    }
    let scores = try files.map(scores)
    let simulation = DriftSimulation(inDistribution: scores[0], strange: scores[1])
    print(
      "| calibration images | alarms of \(streams) | "
        + starts.map { "delay after \($0)" }.joined(separator: " | ") + " |")
    print("| ---: | ---: |" + starts.map { _ in " ---: |" }.joined())
    for size in sizes {
      let alarms = simulation.alarms(size: size)
      let delays = starts.map { simulation.medianDelay(size: size, after: $0).map(String.init) ?? "none" }
      print("| \(size) | \(alarms) | \(delays.joined(separator: " | ")) |")
    }
  }

  private static func scores(_ path: String) throws -> [Float] {
    struct Line: Decodable { let score: Float? }
    return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").compactMap {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8)).score
    }
  }

  /// The number of streams without a change that ever raise an alarm. Each has its own calibration images and
  /// stream.
  private func alarms(size: Int) -> Int {
    (0..<Self.streams).count { round in
      let drawn = draw(size + Self.length, of: inDistribution, seed: UInt64(round) << 20 | UInt64(size))
      return alarm(calibration: Array(drawn[..<size]), stream: drawn[size...], seed: UInt64(round)) != nil
    }
  }

  /// The number of images until the alarm, if a fifth of the images are strange from `start` on. Median of
  /// 101 streams.
  private func medianDelay(size: Int, after start: Int) -> Int? {
    let delays = (0..<101).map { round -> Int in
      let seed = UInt64(round) << 40 | UInt64(size) << 20 | UInt64(start)
      let drawn = draw(size + start + Self.length, of: inDistribution, seed: seed)
      let others = draw(Self.length, of: strange, seed: seed &+ 1)
      var random = SplitMix64(seed: seed &+ 2)
      let mixed = zip(drawn[(size + start)...], others).map { random.nextUnit() < 0.2 ? $1 : $0 }
      let stream = drawn[size..<size + start] + mixed
      guard let end = alarm(calibration: Array(drawn[..<size]), stream: stream, seed: seed) else {
        return .max
      }
      return end > start ? end - start : 0
    }
    let median = delays.sorted()[delays.count / 2]
    return median == .max ? nil : median
  }

  private func alarm(calibration: [Float], stream: some Sequence<Float>, seed: UInt64) -> Int? {
    var martingale = StreamMartingale(ScoreBins(calibration), seed: seed)
    for score in stream {
      martingale.observe(score)
      if martingale.state.hasAlarmed(delta: Self.delta) { return martingale.state.images }
    }
    return nil
  }

  /// Draws without replacement if there are enough scores.
  private func draw(_ count: Int, of scores: [Float], seed: UInt64) -> [Float] {
    var random = SplitMix64(seed: seed)
    guard count <= scores.count else {
      return (0..<count).map { _ in scores[Int(random.next() % UInt64(scores.count))] }
    }
    var pool = scores
    for place in 0..<count {
      pool.swapAt(place, place + Int(random.next() % UInt64(pool.count - place)))
    }
    return Array(pool.prefix(count))
  }
}

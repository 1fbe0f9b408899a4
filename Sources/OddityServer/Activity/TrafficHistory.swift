import Foundation
import OddityReport

/// The traffic of the last hour, minute by minute, in bounded memory.
struct TrafficHistory {
  private struct Minute {
    /// Minutes since 1970.
    var number: Int
    var images = 0
    var outliers = 0
    var pValues = [Int](repeating: 0, count: TrafficHistory.bins)
  }

  /// The number of bins of the p-value, which have equal widths.
  static let bins = 20
  private static let kept = 60

  /// In ascending order, without the minutes in which nothing came.
  private var minutes: [Minute] = []

  mutating func add(pValue: Float, isOutlier: Bool, at time: Date) {
    let number = Self.number(time)
    // If the clock is set back, counting continues in the latest known minute.
    if minutes.last.map({ $0.number < number }) ?? true {
      minutes.removeAll { $0.number <= number - Self.kept }
      minutes.append(Minute(number: number))
    }
    let last = minutes.count - 1
    minutes[last].images += 1
    minutes[last].outliers += isOutlier ? 1 : 0
    minutes[last].pValues[min(Int(pValue * Float(Self.bins)), Self.bins - 1)] += 1
  }

  /// The 60 minutes before a time, the oldest first.
  func minutes(upTo time: Date) -> [LiveTraffic.Minute] {
    let last = Self.number(time)
    let known = Dictionary(minutes.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
    return (last - Self.kept + 1...last).map { number in
      (
        start: Date(timeIntervalSince1970: Double(number) * 60), images: known[number]?.images ?? 0,
        outliers: known[number]?.outliers ?? 0
      )
    }
  }

  /// The number of images of the same hour in each bin of the p-value.
  func pValues(upTo time: Date) -> [Int] {
    let first = Self.number(time) - Self.kept + 1
    return minutes.filter { $0.number >= first }.reduce(into: [Int](repeating: 0, count: Self.bins)) {
      sums, minute in
      for bin in sums.indices { sums[bin] += minute.pValues[bin] }
    }
  }

  private static func number(_ time: Date) -> Int { Int((time.timeIntervalSince1970 / 60).rounded(.down)) }
}

/// How long the latest requests took.
struct LatencyWindow {
  private static let kept = 1_000
  private var seconds: [Double] = []
  private var next = 0

  mutating func add(_ duration: Duration) {
    let value = duration / .seconds(1)
    if seconds.count < Self.kept { seconds.append(value) } else { seconds[next] = value }
    next = (next + 1) % Self.kept
  }

  /// The median and the 99th percentile, or nil before the first request.
  var summary: (median: Double, high: Double)? {
    guard !seconds.isEmpty else { return nil }
    let sorted = seconds.sorted()
    return (sorted[sorted.count / 2], sorted[min(sorted.count - 1, sorted.count * 99 / 100)])
  }
}

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

  /// The median and the 99th percentile; nil before there are any.
  var summary: (median: Double, high: Double)? {
    guard !seconds.isEmpty else { return nil }
    let sorted = seconds.sorted()
    return (sorted[sorted.count / 2], sorted[min(sorted.count - 1, sorted.count * 99 / 100)])
  }
}

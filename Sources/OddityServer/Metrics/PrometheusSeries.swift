import CoreMetrics
import Foundation
import Synchronization

/// One metric with one set of labels.
protocol PrometheusSeries: AnyObject, Sendable {
  var lines: [PrometheusLine] { get }
}

/// A line of the text format: what follows the metric's name, a further label, and the value.
struct PrometheusLine {
  var suffix = ""
  var label = ""
  let value: String
}

final class PrometheusCounter: PrometheusSeries, CounterHandler {
  private let count = Atomic<Int64>(0)

  func increment(by amount: Int64) { count.wrappingAdd(amount, ordering: .relaxed) }
  func reset() { count.store(0, ordering: .relaxed) }

  var lines: [PrometheusLine] { [PrometheusLine(value: "\(count.load(ordering: .relaxed))")] }
}

final class PrometheusGauge: PrometheusSeries, MeterHandler {
  private let value = Mutex(0.0)

  func set(_ value: Int64) { set(Double(value)) }
  func set(_ value: Double) { self.value.withLock { $0 = value } }
  func increment(by amount: Double) { value.withLock { $0 += amount } }
  func decrement(by amount: Double) { value.withLock { $0 -= amount } }

  var lines: [PrometheusLine] { [PrometheusLine(value: value.withLock(\.self).prometheus)] }
}

/// Counts values below each of its bounds, and adds them up.
final class PrometheusHistogram: PrometheusSeries, RecorderHandler, TimerHandler {
  /// Of durations: from half a millisecond to ten seconds.
  static let seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

  private struct Tally {
    /// One for each bound, and one for what is above all.
    var counts: [Int]
    var sum = 0.0
  }

  private let bounds: [Double]
  private let tally: Mutex<Tally>

  init(bounds: [Double]) {
    self.bounds = bounds
    tally = Mutex(Tally(counts: [Int](repeating: 0, count: bounds.count + 1)))
  }

  func record(_ value: Int64) { record(Double(value)) }

  func record(_ value: Double) {
    let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
    tally.withLock { tally in
      tally.counts[bucket] += 1
      tally.sum += value
    }
  }

  func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

  var lines: [PrometheusLine] {
    let tally = tally.withLock(\.self)
    var below = 0
    let buckets = zip(bounds.map(\.prometheus) + ["+Inf"], tally.counts).map { bound, count in
      below += count
      return PrometheusLine(suffix: "_bucket", label: "le=\"\(bound)\"", value: "\(below)")
    }
    return buckets + [
      PrometheusLine(suffix: "_sum", value: tally.sum.prometheus),
      PrometheusLine(suffix: "_count", value: "\(below)"),
    ]
  }
}

extension Double {
  /// As the text format writes numbers.
  fileprivate var prometheus: String {
    if isNaN { return "NaN" }
    if isInfinite { return self > 0 ? "+Inf" : "-Inf" }
    return self == rounded() && abs(self) < 1e15 ? "\(Int(self))" : "\(self)"
  }
}

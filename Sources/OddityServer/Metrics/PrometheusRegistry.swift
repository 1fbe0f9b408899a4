import Synchronization

/// Keeps measurements in memory and writes them in Prometheus' text format.
///
/// Source: *Prometheus exposition formats*, text format 0.0.4.
final class PrometheusRegistry: Sendable {
  typealias Labels = KeyValuePairs<String, String>

  private struct Family {
    let kind: String
    var series: [String: Series] = [:]
  }

  /// One metric with one set of labels.
  private struct Series {
    /// The count or the measured value. For a histogram, the sum of its values.
    var value = 0.0
    /// For a histogram, the number of values in each bucket. The last entry counts values above all bounds.
    var counts: [Int] = []
  }

  private let families = Mutex<[String: Family]>([:])
  /// The help text of each metric.
  private let help: [String: String]
  private let buckets: [String: [Double]]

  /// - Parameters:
  ///   - help: the help texts, by metric. Metrics that are missing here have none.
  ///   - buckets: the ascending upper bounds of histograms, by metric. The default suits seconds.
  init(help: [String: String], buckets: [String: [Double]]) {
    (self.help, self.buckets) = (help, buckets)
  }

  /// Adds to a counter.
  func count(_ amount: Int, _ name: String, _ labels: Labels) {
    change(name, "counter", labels) { $0.value += Double(amount) }
  }

  /// Sets a gauge.
  func set(_ value: Double, _ name: String, _ labels: Labels) {
    change(name, "gauge", labels) { $0.value = value }
  }

  /// Adds a value to a histogram.
  func record(_ value: Double, _ name: String, _ labels: Labels) {
    let bounds = bounds(name)
    change(name, "histogram", labels) { series in
      if series.counts.isEmpty { series.counts = [Int](repeating: 0, count: bounds.count + 1) }
      series.counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
      series.value += value
    }
  }

  /// Removes a series.
  func forget(_ name: String, _ labels: Labels) {
    families.withLock { families in
      families[name]?.series[Self.text(labels)] = nil
      if families[name]?.series.isEmpty == true { families[name] = nil }
    }
  }

  private func change(_ name: String, _ kind: String, _ labels: Labels, _ change: (inout Series) -> Void) {
    families.withLock {
      change(&$0[name, default: Family(kind: kind)].series[Self.text(labels), default: Series()])
    }
  }

  /// The default bounds for durations, from half a millisecond to ten seconds.
  private static let seconds = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
  ]

  private func bounds(_ name: String) -> [Double] { buckets[name] ?? Self.seconds }

  /// The labels as `name="value",…`, escaped.
  private static func text(_ labels: Labels) -> String {
    labels.map { name, value in
      let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        .replacing("\n", with: "\\n")
      return "\(name)=\"\(escaped)\""
    }.joined(separator: ",")
  }

  /// All metrics, sorted by name and labels.
  var text: String {
    families.withLock { families in
      families.sorted { $0.key < $1.key }.map { name, family in
        let head = (help[name].map { "# HELP \(name) \($0)\n" } ?? "") + "# TYPE \(name) \(family.kind)\n"
        return head
          + family.series.sorted { $0.key < $1.key }.map { labels, series in
            lines(name, series).map { line in
              let all = [labels, line.label].filter { !$0.isEmpty }.joined(separator: ",")
              return "\(name)\(line.suffix)\(all.isEmpty ? "" : "{\(all)}") \(line.value)\n"
            }.joined()
          }.joined()
      }.joined()
    }
  }

  /// The lines of a series: the suffix of the metric's name, an additional label, and the value.
  private func lines(_ name: String, _ series: Series) -> [(suffix: String, label: String, value: String)] {
    guard !series.counts.isEmpty else { return [("", "", series.value.prometheus)] }
    var below = 0
    let buckets = zip(bounds(name).map(\.prometheus) + ["+Inf"], series.counts).map { bound, count in
      below += count
      return (suffix: "_bucket", label: "le=\"\(bound)\"", value: "\(below)")
    }
    return buckets + [("_sum", "", series.value.prometheus), ("_count", "", "\(below)")]
  }
}

extension Double {
  /// The number as the text format writes it.
  fileprivate var prometheus: String {
    if isNaN { return "NaN" }
    if isInfinite { return self > 0 ? "+Inf" : "-Inf" }
    return self == rounded() && abs(self) < 1e15 ? "\(Int(self))" : "\(self)"
  }
}

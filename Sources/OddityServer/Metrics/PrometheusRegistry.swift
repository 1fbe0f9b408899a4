import CoreMetrics
import Synchronization

/// Keeps metrics in memory and writes them in Prometheus' text format.
///
/// Counters count; meters are gauges; recorders that aggregate and timers are histograms, timers of seconds. Source:
/// *Prometheus exposition formats*, text format 0.0.4.
final class PrometheusRegistry: MetricsFactory {
  private struct Family {
    let kind: String
    var series: [String: any PrometheusSeries] = [:]
  }

  private let families = Mutex<[String: Family]>([:])
  /// What is said of each metric.
  private let help: [String: String]
  private let buckets: [String: [Double]]

  /// - Parameters:
  ///   - help: by metric; others have none.
  ///   - buckets: the upper bounds of histograms, ascending, by metric; of seconds where there are none.
  init(help: [String: String], buckets: [String: [Double]]) {
    (self.help, self.buckets) = (help, buckets)
  }

  /// All metrics, sorted by name and labels.
  var text: String {
    families.withLock { families in
      families.sorted { $0.key < $1.key }.map { name, family in
        let head = (help[name].map { "# HELP \(name) \($0)\n" } ?? "") + "# TYPE \(name) \(family.kind)\n"
        return head
          + family.series.sorted { $0.key < $1.key }.map { labels, series in
            series.lines.map { line in
              let all = [labels, line.label].filter { !$0.isEmpty }.joined(separator: ",")
              return "\(name)\(line.suffix)\(all.isEmpty ? "" : "{\(all)}") \(line.value)\n"
            }.joined()
          }.joined()
      }.joined()
    }
  }

  private func series<Series: PrometheusSeries>(
    _ name: String, _ kind: String, _ dimensions: [(String, String)], make: () -> Series
  ) -> Series {
    let labels = Self.labels(dimensions)
    return families.withLock { families in
      if let known = families[name]?.series[labels] as? Series { return known }
      let new = make()
      families[name, default: Family(kind: kind)].series[labels] = new
      return new
    }
  }

  /// `name="value",…`, escaped.
  private static func labels(_ dimensions: [(String, String)]) -> String {
    dimensions.map { name, value in
      let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        .replacing("\n", with: "\\n")
      return "\(name)=\"\(escaped)\""
    }.joined(separator: ",")
  }

  func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    series(label, "counter", dimensions) { PrometheusCounter() }
  }

  func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    series(label, "gauge", dimensions) { PrometheusGauge() }
  }

  func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
    histogram(label, dimensions)
  }

  func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    histogram(label, dimensions)
  }

  private func histogram(_ label: String, _ dimensions: [(String, String)]) -> PrometheusHistogram {
    series(label, "histogram", dimensions) {
      PrometheusHistogram(bounds: buckets[label] ?? PrometheusHistogram.seconds)
    }
  }

  func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
  func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
  func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
  func destroyTimer(_ handler: any TimerHandler) { remove(handler) }

  private func remove(_ handler: AnyObject) {
    families.withLock { families in
      families = families.compactMapValues { family in
        let rest = family.series.filter { $0.value !== handler }
        return rest.isEmpty ? nil : Family(kind: family.kind, series: rest)
      }
    }
  }
}

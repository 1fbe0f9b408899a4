import Foundation
import Oddity

/// The charts of one model's last hour.
struct LiveFigures {
  let traffic: LiveTraffic

  var figures: [Figure] { [throughput, outlierRate, pValues] }

  private var throughput: Figure {
    let rates = traffic.minutes.map { Double($0.images) / 60 }
    let chart = Chart(
      title: "Images a second", description: "Images a second in each minute of the last hour.",
      horizontal: minutesAgo,
      vertical: Axis("images a second", domain: 0...max(rates.max() ?? 0, 0.1) * 1.05),
      series: [.init(style: .inDistribution, points: points(rates))])
    return Figure(
      title: "Throughput", caption: "Images a second, minute by minute.", chart: chart, hasLegend: false)
  }

  private var outlierRate: Figure {
    let shares = traffic.minutes.map { $0.images == 0 ? nil : Double($0.outliers) / Double($0.images) }
    let highest = (shares.compactMap { $0 } + [traffic.alpha]).max() ?? 1
    let chart = Chart(
      title: "Share of outliers",
      description:
        "Share of images flagged as outliers in each minute of the last hour. The line shows the promised "
        + "rate.",
      horizontal: minutesAgo, vertical: Axis("share flagged", domain: 0...highest * 1.05),
      series: [.init(name: "flagged", style: .set(1), points: points(shares), hasMarkers: true)],
      reference: traffic.alpha)
    return Figure(
      title: "Outliers",
      caption:
        "Share of images flagged in each minute. For in-distribution images it stays near the dotted line, "
        + "the promised rate.",
      chart: chart, hasLegend: false)
  }

  private var pValues: Figure {
    let images = traffic.pValues.reduce(0, +)
    let shares = traffic.pValues.map { images == 0 ? 0 : Double($0) / Double(images) }
    let bins = max(shares.count, 1)
    let histogram = Histogram(
      edges: (0...bins).map { Double($0) / Double(bins) }, shares: [shares.isEmpty ? [0] : shares])
    let chart = histogram.chart(
      "p-values", "Share of the last hour's images by p-value, in \(bins) bins.", of: "p-value",
      legend: [("", nil)], reference: 1 / Double(bins))
    return Figure(
      title: "p-values",
      caption:
        "If all is well, the bars follow the dotted line. If many images are strange, the bars on the left "
        + "are high.",
      chart: chart, hasLegend: false)
  }

  private var minutesAgo: Axis {
    let labels = traffic.minutes.map { Self.clock($0.start) }
    return Axis("minute (UTC)", places: labels, mostLabels: 6)
  }

  private func points(_ values: [Double?]) -> [Plot.Point] {
    values.enumerated().compactMap { position, value in value.map { Plot.Point(x: Double(position), y: $0) } }
  }

  /// The time as hours and minutes in UTC.
  static func clock(_ time: Date) -> String {
    let minutes = Int(time.timeIntervalSince1970.rounded(.down)) / 60
    return String(format: "%02d:%02d", minutes / 60 % 24, minutes % 60)
  }
}

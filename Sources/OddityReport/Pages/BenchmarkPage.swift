import Imaging
import Oddity

/// The report of a benchmark: the paper's tables and figures, network by network.
public struct BenchmarkPage: Sendable {
  /// One self-contained HTML file.
  public let html: String

  /// Reads again the images that it shows; one that cannot be read is left blank.
  ///
  /// - Parameter engine: the engine's version, for the settings.
  public init(_ benchmark: Benchmark, engine: String? = nil) {
    let report = benchmark.report
    let sets = benchmark.networks.reduce(0) { $0 + 1 + $1.outOfDistribution.count }
    let count = PictureStrip.countOnASide(strips: sets)
    let tables = report.networks.map { MethodTables(name: $0.name, table: $0.table) }
    let overview = Page.section("All networks", tables.map(\.overview))
    let networks = benchmark.networks.map { network in
      let content = DetectorContent(network, alpha: report.alpha, picturesOnASide: count)
      return Page.section(
        network.name,
        [NetworkText(network.report).markup, MethodTables(network).intervals] + Self.auto(network.report)
          + content.sections)
    }
    html =
      Page(
        title: "Benchmark \(report.suite)", summary: BenchmarkSummaryText(report).markup,
        sections: [overview] + networks
          + [Page.section("Settings", [BenchmarkSettings(benchmark, engine: engine).markup])]
      ).html
  }
}

extension BenchmarkPage {
  /// What the row `auto` is, where there is one.
  private static func auto(_ network: NetworkReport) -> [Markup] {
    guard let auto = network.fit.auto else { return [] }
    return [Page.section("Choice of auto", level: 3, AutoTables(auto).markup)]
  }
}

extension DetectorContent {
  fileprivate init(_ network: BenchmarkedNetwork, alpha: Double, picturesOnASide: Int) {
    let report = network.report
    let calibration = network.calibrations[0]
    func sample(_ set: MeasuredSet, name: String) -> Sample {
      Sample(set, name: name, of: network, calibration: calibration)
    }
    self.init(
      inDistribution: sample(network.evaluate, name: "ID"),
      sets: network.outOfDistribution.map { sample($0, name: $0.set.name) },
      scores: report.thresholds.map { threshold in
        Score(
          name: threshold.score,
          aurocs: report.table.methods.first { $0.name == threshold.score }?.ood.map(\.metrics.auroc) ?? [],
          threshold: .pooled(threshold.threshold))
      },
      blocks: report.fit.blocks, selected: report.fit.selected,
      kinds: report.fit.pseudoOOD.map { BlockFigures.Kind($0) },
      calibrationSize: calibration.scores.count, alpha: alpha, preprocessing: network.preprocessing,
      picturesOnASide: picturesOnASide)
    guard let blocks = report.blocks else { return }
    let comparison = BlockComparisonFigures(blocks)
    furtherBlockFigures = [comparison.chart]
    furtherBlockTables = [comparison.predictions]
  }
}

extension DetectorContent.Sample {
  fileprivate init(
    _ set: MeasuredSet, name: String, of network: BenchmarkedNetwork,
    calibration: ConformalCalibration
  ) {
    let first = set.scores[0]
    self.init(
      name: name, scores: set.scores, pValues: first.map { Float(calibration.pValue($0)) },
      norms: network.blocks.indices.map { set.norms(block: $0) },
      sources: set.set.stretches.map(\.source),
      images: zip(set.images, first).map { image, score in
        PictureReader.Request(
          source: image.stretch, position: image.position, score: score,
          pValue: calibration.pValue(score), isFlagged: calibration.isOutlier(score))
      })
  }
}

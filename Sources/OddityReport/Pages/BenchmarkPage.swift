import Imaging
import Oddity

/// The report of a benchmark: the paper's tables and figures, network by network.
public struct BenchmarkPage: Sendable {
  /// One self-contained HTML file.
  public let html: String

  /// Reads the shown images again. One that cannot be read is left blank.
  ///
  /// - Parameter engine: engine, version and device, for the settings.
  public init(_ benchmark: Benchmark, engine: String? = nil) {
    let report = benchmark.report
    let sets = benchmark.networks.reduce(0) { $0 + 1 + $1.outOfDistribution.count }
    let count = PictureStrip.countOnASide(strips: sets)
    let overview = report.networks.flatMap { network in network.tables.map(\.overview) }
    let networks = benchmark.networks.map { network in
      let content = DetectorContent(network, alpha: report.alpha, picturesOnASide: count)
      let auto = network.report.fit.auto.map { auto in
        Page.section("Choice of auto", level: 3, auto.markup)
      }
      return Page.section(
        network.name,
        [network.report.summary] + network.report.tables.map(\.intervals) + [auto].compactMap { $0 }
          + content.sections)
    }
    html =
      Page(
        title: "Benchmark \(report.suite)", summary: report.summary,
        sections: [Page.section("All networks", overview)] + networks
          + [Page.section("Settings", [Settings(benchmark, engine: engine).markup])]
      ).html
  }
}

extension DetectorContent {
  fileprivate init(_ network: BenchmarkedNetwork, alpha: Double, picturesOnASide: Int) {
    let report = network.report
    let calibration = network.calibrations[0]
    self.init(
      inDistribution: Sample(network.evaluate, name: "ID", of: network),
      sets: network.outOfDistribution.map { Sample($0, name: $0.set.name, of: network) },
      scores: report.thresholds.map { threshold in
        Score(
          name: threshold.score,
          aurocs: report.table.methods.first { $0.name == threshold.score }?.ood.map(\.metrics.auroc) ?? [],
          threshold: .pooled(threshold.threshold))
      },
      blocks: BlockFigures(
        blocks: report.fit.blocks, selected: report.fit.selected,
        kinds: report.fit.pseudoOOD.map { BlockFigures.Kind($0) }),
      calibrationSize: calibration.scores.count, alpha: alpha, preprocessing: network.preprocessing,
      picturesOnASide: picturesOnASide,
      comparison: report.blocks.map { BlockComparisonFigures(comparison: $0) })
  }
}

extension DetectorContent.Sample {
  fileprivate init(_ set: MeasuredSet, name: String, of network: BenchmarkedNetwork) {
    let calibration = network.calibrations[0]
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

extension BenchmarkReport {
  /// A summary of the benchmark in plain words.
  var summary: [Markup] {
    let sample = limit.map { ", fitted on a sample of \(Figures.count($0)) images of each source" }
    let warnings = networks.flatMap { network in
      network.fit.warnings.map { Page.warning("\(network.name): \($0.text)") }
    }
    return [
      Page.paragraph(
        "\(Figures.count(networks.count, "network")), seed \(seed)\(sample ?? "")"
          + "; blocks are selected with \(pseudoOOD.first ?? Numbers.none)."), DetectionMetrics.meaning,
    ] + warnings
  }
}

extension NetworkReport {
  /// The tables for the ID images and, if there is one, for the full spectrum.
  fileprivate var tables: [MethodTables] {
    [MethodTables(name: name, table: table)]
      + [fullSpectrum].compactMap { $0 }.map { full in
        let shifted = full.shifted.map(\.name).joined(separator: ", ")
        return MethodTables(
          name: "\(name), full spectrum (ID images and \(shifted) together)", table: full.table)
      }
  }

  /// A summary of one network in plain words.
  var summary: Markup {
    let best = table.methods.max { $0.mean.metrics.auroc < $1.mean.metrics.auroc }
    return Page.paragraph(
      "\(name)\(Figures.accuracy(idAccuracy)): FeatureNorm is taken at \(fit.selected.name), with NormRatio "
        + "\(Figures.decimal(fit.blocks[fit.selected]?.normRatio, 3)). This block is selected in "
        + "\(Figures.percent(fit.selectionStability)) of 1,000 bootstrap resamples. "
        + (best.map { $0.mean.metrics.best(of: $0.name) } ?? ""))
  }
}

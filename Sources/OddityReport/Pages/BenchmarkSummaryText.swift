import Foundation
import Oddity

/// What a benchmark found, in plain words.
struct BenchmarkSummaryText {
  let report: BenchmarkReport

  init(_ report: BenchmarkReport) {
    self.report = report
  }

  var markup: [Markup] {
    [
      Page.paragraph(
        "\(Figures.count(report.networks.count, "network")), seed \(report.seed)"
          + (report.limit.map { ", fitted on a sample of \(Figures.count($0)) images of each source" } ?? "")
          + "; blocks are selected with \(report.pseudoOOD.first ?? Numbers.none)."),
      Page.paragraph(
        "FPR95 is the share of OOD images that are accepted where 95 % of in-distribution images are (lower is better); "
          + "AUROC is the chance that an in-distribution image scores higher than an OOD image (higher is better, 50 % is "
          + "guessing)."),
    ]
      + report.networks.flatMap { network in
        network.fit.warnings.map { Page.warning("\(network.name): \($0.text)") }
      }
  }
}

/// What was found of one network, in plain words.
struct NetworkText {
  private let network: NetworkReport

  init(_ network: NetworkReport) {
    self.network = network
  }

  var markup: Markup { Page.paragraph(selection + best) }

  private var selection: String {
    let fit = network.fit
    let accuracy = network.idAccuracy.map { " (accuracy \(Figures.percent($0, 2)))" } ?? ""
    let ratio = fit.blocks.first { $0.tensor == fit.selected.tensor }?.normRatio
    return
      "\(network.name)\(accuracy): FeatureNorm is taken at \(fit.selected.name), with NormRatio "
      + "\(Figures.decimal(ratio, 3)), which wins \(Figures.percent(fit.selectionStability)) of 1,000 resamples. "
  }

  private var best: String {
    guard let best = network.table.methods.max(by: { $0.mean.metrics.auroc < $1.mean.metrics.auroc }) else {
      return ""
    }
    return
      "The best mean AUROC is that of \(best.name): \(Figures.percent(best.mean.metrics.auroc, 2)), with a mean FPR95 "
      + "of \(Figures.percent(best.mean.metrics.fpr95, 2))."
  }
}

/// What a benchmark was made with.
struct BenchmarkSettings {
  private let benchmark: Benchmark
  private let engine: String?

  init(_ benchmark: Benchmark, engine: String?) {
    (self.benchmark, self.engine) = (benchmark, engine)
  }

  var markup: Markup {
    let report = benchmark.report
    var table = DataTable(
      caption: "What the result was made with, beside the images",
      columns: [.text("setting"), .text("value")])
    table.wraps = true
    var rows: [(String, String)] = [
      ("suite", report.suite), ("seed", "\(report.seed)"),
      ("limit", report.limit.map(Figures.count) ?? Numbers.none), ("alpha", "\(report.alpha)"),
      ("pseudo-OOD", report.pseudoOOD.joined(separator: ", ")),
    ]
    for network in benchmark.networks {
      rows += [
        ("\(network.name): model", network.report.model),
        ("\(network.name): preprocessing", Settings.text(network.preprocessing)),
      ]
    }
    rows += [
      ("made by", "oddity \(report.oddityVersion)"),
      ("engine", engine.map { "OpenVINO \($0)" } ?? Numbers.none),
    ]
    for (name, value) in rows { table.append(name, [value]) }
    return table.markup
  }
}

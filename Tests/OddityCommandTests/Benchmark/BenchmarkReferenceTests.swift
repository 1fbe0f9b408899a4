import Foundation
import Testing
import TestSupport

/// Every number of a benchmark equals what ONNX Runtime, NumPy and scikit-learn make of the same arrays.
@Suite struct BenchmarkReferenceTests {
  private struct Reference: Decodable {
    struct Column: Decodable {
      struct Metrics: Decodable {
        let auroc, fpr95, fpr95OpenOOD, auprIn, auprOut: Double
      }

      let tensor: String
      let threshold: Double
      let flagged: [Double]
      let ood: [String: Metrics]
    }

    let normRatios: [Double]
    let parts: [String: Double]
    let selected: String
    /// Scores by name, blocks that are not selected by tensor.
    let columns: [String: Column]
  }

  private let network: JSONObject
  private let reference: Reference

  init() throws {
    let suite = try SuiteFolder()
    let outcome = try suite.run("--json")
    #expect(outcome.status == 0, "\(outcome.messages)")
    network = try outcome.json().objects("networks")[0]
    let expected = try #require(try Fixtures.expected()["residual.dyn.onnx"])
    let (head, blocks) = try (#require(expected.head), #require(expected.blocks))
    let answer = try PythonReference.run(
      "benchmark_reference.py",
      arguments: ["answer", suite.file("suites/net.onnx").path, head.logits] + blocks.map(\.tensor)
        + ["--id", suite.file("suites/id.npy").path, "--ood"]
        + ["noise", "flat"].map { "\($0)=\(suite.file("suites/\($0).npy").path)" }
        + ["--limit", "150", "--seed", "4", "--alpha", "0.1"])
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    reference = try decoder.decode(Reference.self, from: answer)
  }

  @Test func blocksAndPartsAreTheReferences() throws {
    let fit = try network.object("fit")
    #expect(try fit.object("selected").text("tensor") == reference.selected)
    let ratios = try fit.objects("blocks").map { try $0.number("norm_ratio") }
    #expect(ratios.count == reference.normRatios.count)
    #expect(zip(ratios, reference.normRatios).allSatisfy { abs($0 - $1) < 1e-5 })
    let parts = try fit.object("parts")
    for (part, count) in reference.parts { #expect(try parts.number(part) == count) }
  }

  @Test func everyScoreIsTheReferences() throws {
    let table = try network.object("table")
    #expect(try table.objects("sets").map { try $0.text("name") } == ["noise", "flat"])
    let methods = try table.objects("methods")
    #expect(
      try methods.map { try $0.text("name") } == ["energy", "featurenorm", "msp", "maxlogit"])
    for method in methods {
      let column = try #require(reference.columns[try method.text("name")])
      try expectMetrics(method.objects("ood"), column)
    }
  }

  @Test func everyBlockIsTheReferences() throws {
    let blocks = try network.objects("block_metrics")
    #expect(blocks.count == reference.normRatios.count)
    let columns = Dictionary(uniqueKeysWithValues: reference.columns.values.map { ($0.tensor, $0) })
    for block in blocks {
      try expectMetrics(block.objects("ood"), #require(columns[try block.text("tensor")]))
    }
    let compared = try network.object("blocks").objects("blocks")
    for (block, metrics) in zip(compared, blocks) {
      #expect(try block.numbers("aurocs") == metrics.objects("ood").map { try $0.number("auroc") })
    }
  }

  @Test func everyThresholdIsTheReferences() throws {
    for threshold in try network.objects("thresholds") {
      let column = try #require(reference.columns[try threshold.text("score")])
      #expect(try abs(threshold.number("threshold") - column.threshold) < 1e-4 * abs(column.threshold))
      let flagged =
        try [threshold.number("id_flagged")] + threshold.objects("ood").map { try $0.number("flagged") }
      // One image of the smallest set.
      #expect(zip(flagged, column.flagged).allSatisfy { abs($0 - $1) <= 1 / 60.0 })
    }
  }

  private func expectMetrics(_ sets: [JSONObject], _ column: Reference.Column) throws {
    let names = ["noise", "flat"]
    #expect(sets.count == names.count)
    for (set, name) in zip(sets, names) {
      let known = try #require(column.ood[name])
      #expect(try abs(set.number("auroc") - known.auroc) < 1e-4)
      #expect(try abs(set.number("aupr_in") - known.auprIn) < 1e-3)
      #expect(try abs(set.number("aupr_out") - known.auprOut) < 1e-3)
      // One image of the set.
      #expect(try abs(set.number("fpr95") - known.fpr95) <= 1 / 60.0)
      #expect(try abs(set.number("fpr95_openood") - known.fpr95OpenOOD) <= 1 / 150.0)
    }
  }
}

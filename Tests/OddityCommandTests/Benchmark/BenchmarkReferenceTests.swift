import Foundation
import Testing
import TestSupport

/// Every number of a benchmark equals that of ONNX Runtime, NumPy and scikit-learn for the same arrays.
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
      let fullSpectrum: [String: Metrics]
    }

    let normRatios: [Double]
    let parts: [String: Double]
    let selected: String
    /// Scores by name. Blocks that are not selected have the name of their tensor.
    let columns: [String: Column]
  }

  /// The OOD sets in two groups, and shifted images.
  private static let suite = SuiteFolder.suite
    .replacing("evaluate: id.npy\n", with: "evaluate: id.npy\n  shifted: [{name: dim, source: dim.npy}]\n")
    .replacing("source: noise.npy\n", with: "source: noise.npy\n    group: far\n")
    .replacing(
      "source: flat.npy\n",
      with: "source: flat.npy\n    group: near\n  - {name: stripes, source: stripes.npy, group: far}\n")
  private static let sets = ["noise", "flat", "stripes"]

  private let network: JSONObject
  private let reference: Reference

  init() throws {
    let suite = try SuiteFolder(Self.suite)
    let outcome = try suite.run("--json")
    #expect(outcome.status == 0, "\(outcome.messages)")
    network = try outcome.json().objects("networks")[0]
    let expected = try #require(try Fixtures.expected()["residual.dyn.onnx"])
    let (head, blocks) = try (#require(expected.head), #require(expected.blocks))
    func array(_ name: String) -> String { suite.file("suites/\(name).npy").path }
    var arguments = ["answer", suite.file("suites/net.onnx").path, head.logits] + blocks.map(\.tensor)
    arguments += ["--id", array("id"), "--ood"] + Self.sets.map { "\($0)=\(array($0))" }
    arguments += ["--shifted", array("dim"), "--limit", "150", "--seed", "4", "--alpha", "0.1"]
    let answer = try PythonReference.run("benchmark_reference.py", arguments: arguments)
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
    try expectTable(network.object("table")) { $0.ood }
  }

  /// Shifted images count as ID images there.
  @Test func theFullSpectrumIsTheReferences() throws {
    let spectrum = try network.object("full_spectrum")
    #expect(spectrum.isNull("id_accuracy"))
    #expect(try spectrum.objects("shifted").map { try $0.number("images") } == [90])
    let (whole, plain) = try (spectrum.object("table"), network.object("table"))
    #expect(try whole.number("id_images") == plain.number("id_images") + 90)
    try expectTable(whole) { $0.fullSpectrum }
  }

  private func expectTable(
    _ table: JSONObject, _ known: (Reference.Column) -> [String: Reference.Column.Metrics]
  )
    throws
  {
    #expect(try table.objects("sets").map { try $0.text("name") } == Self.sets)
    #expect(try table.objects("sets").map { try $0.text("group") } == ["far", "near", "far"])
    let methods = try table.objects("methods")
    #expect(
      try methods.map { try $0.text("name") } == ["energy", "featurenorm", "msp", "maxlogit"])
    for method in methods {
      let column = try #require(reference.columns[try method.text("name")])
      try expectMetrics(method.objects("ood"), known(column))
      try expectGroups(method, known(column))
    }
  }

  private func expectGroups(_ method: JSONObject, _ known: [String: Reference.Column.Metrics]) throws {
    let groups = try method.objects("groups")
    #expect(try groups.map { try $0.text("name") } == ["near-OOD", "far-OOD"])
    for (group, sets) in zip(groups, [["flat"], ["noise", "stripes"]]) {
      let metrics = try sets.map { try #require(known[$0]) }
      let count = Double(sets.count)
      #expect(try abs(group.number("auroc") - metrics.map(\.auroc).reduce(0, +) / count) < 1e-4)
      #expect(try abs(group.number("fpr95") - metrics.map(\.fpr95).reduce(0, +) / count) <= 1 / 60.0)
      #expect(try group.numbers("auroc_ci95")[0] <= group.number("auroc"))
      #expect(try group.numbers("auroc_ci95")[1] >= group.number("auroc"))
    }
  }

  @Test func everyBlockIsTheReferences() throws {
    let blocks = try network.objects("block_metrics")
    #expect(blocks.count == reference.normRatios.count)
    let columns = Dictionary(uniqueKeysWithValues: reference.columns.values.map { ($0.tensor, $0) })
    for block in blocks {
      try expectMetrics(block.objects("ood"), #require(columns[try block.text("tensor")]).ood)
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
      // The tolerance is one image of the smallest set.
      #expect(zip(flagged, column.flagged).allSatisfy { abs($0 - $1) <= 1 / 60.0 })
    }
  }

  private func expectMetrics(_ sets: [JSONObject], _ known: [String: Reference.Column.Metrics]) throws {
    #expect(sets.count == Self.sets.count)
    for (set, name) in zip(sets, Self.sets) {
      let known = try #require(known[name])
      #expect(try abs(set.number("auroc") - known.auroc) < 1e-4)
      #expect(try abs(set.number("aupr_in") - known.auprIn) < 1e-3)
      #expect(try abs(set.number("aupr_out") - known.auprOut) < 1e-3)
      // The tolerance is one image of the set.
      #expect(try abs(set.number("fpr95") - known.fpr95) <= 1 / 60.0)
      #expect(try abs(set.number("fpr95_openood") - known.fpr95OpenOOD) <= 1 / 150.0)
    }
  }
}

import Foundation
import ONNXGraph
import Engines
import Testing
import TestSupport

@testable import OddityClassifier
@testable import OddityFiles
@testable import OddityScores
@testable import OddityStatistics

/// Compares scores that are multiplied by a statistic of the channels with NumPy in float64.
struct ChannelMultiplierTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private struct Case: Encodable {
    let statistic: String
    let percentile: Double
    var sign = "positive"
    var scores: [Float] = [0]
    let layout: MapLayout
    var map: String?
    var model: String?
    var tensor: String?
    var images: String?
  }

  private struct Request: Encodable { let cases: [Case] }

  private struct Answer: Decodable {
    let scores: [Double]
    let statistics: [Double]
  }

  private func reference(_ cases: [Case]) throws -> [Answer] {
    try PythonReference.run("multiplier_reference.py", Request(cases: cases))
  }

  /// 24 images of noise, a black one and a white one.
  private func images() throws -> URL {
    var normals = NormalNumbers(SplitMix64(seed: 5))
    let noise = (0..<24 * 3072).map { Float(normals.next()) * Float(1 + $0 / 3072 % 3) }
    let values = noise + Array(repeating: 0, count: 3072) + Array(repeating: 1, count: 3072)
    let url = folder.url.appending(path: "images.npy")
    try NumPyFile.write(values, shape: [26, 3, 32, 32], to: url)
    return url
  }

  /// Scores that are multiplied, divided, or transformed with softplus; at the last map and at blocks; with
  /// maps before and after their activation, channels first and last.
  @Test(arguments: [
    "residual.ts.onnx", "preact.dyn.onnx", "dense.ts.onnx", "nhwc.dyn.onnx", "opset7.ts.onnx",
    "opset21.dyn.onnx",
    "mbconv.ts.onnx",
  ])
  func multipliedScoresEqualTheReference(_ network: String) async throws {
    let names = try [
      "energy*std", "energy*avg@0", "knn*avg", "entropy*max@1", "fdbd*max", "gradnorm*std@0",
      "maxlogit*max@1",
    ].map { try ScoreName(parsing: $0) }
    let engine = try Engine()
    let classifier = try Classifier(Model(contentsOf: Fixtures.url(network)), engine: engine)
    let images = try images()
    let plain = try names.map { try #require($0.method).description.name }
    let all = names + Set(plain).sorted().map { ScoreName(.plain($0)) }
    var settings = ScoreSettings()
    try settings.set("*max.percentile=60")
    let plan = try ScorePlan(all, settings: settings, classifier: classifier)
    let run = try await ProbeRun(
      classifier, candidates: [], taps: plan.taps(at: []), images: images,
      head: try await LinearHead(of: classifier, engine: engine), engine: engine)
    let fitted = try all.map { try plan.fit($0) { run.fitData(block: ScoreCase().block, parameters: $0) } }
    let scores = try await run.scores(fitted)
    let cases = try zip(names, plain).map { name, plain in
      let multiplier = try #require(name.multiplier)
      let map = try multiplier.place.map(of: classifier)
      return Case(
        statistic: multiplier.statistic.rawValue, percentile: multiplier.statistic == .maximum ? 60 : 90,
        sign: ["knn": "negative", "entropy": "negative", "fdbd": "positive", "gradnorm": "positive"][plain]
          ?? "signed",
        scores: scores[try #require(all.firstIndex(of: ScoreName(.plain(plain))))], layout: map.layout,
        model: Fixtures.url(network).path, tensor: map.tensor, images: images.path)
    }
    for ((name, values), known) in zip(zip(names, scores), try reference(cases)) {
      expectAgreement(values, known.scores, "\(name) of \(network)")
    }
  }

  /// Maps with one channel, with one position, constant maps, and maps of large values that hardly vary.
  @Test(arguments: [MapLayout.channelsFirst, .channelsLast, .tokens], [1, 6])
  func statisticsOfDrawnMapsEqualTheReference(_ layout: MapLayout, channels: Int) async throws {
    let dims =
      [
        MapLayout.channelsFirst: [channels, 3, 4], .channelsLast: [3, 4, channels], .tokens: [12, channels],
      ][layout] ?? []
    var normals = NormalNumbers(SplitMix64(seed: 3))
    let values = (0..<12 * 12 * channels).map { place -> Float in
      switch place / (12 * channels) {
      case 0: 0
      case 1: 2.5
      case 2: 1000 + Float(normals.next())
      default: Float(normals.next())
      }
    }
    let path = folder.path("maps.npy")
    try NumPyFile.write(values, shape: [12] + dims, to: URL(fileURLWithPath: path))
    let like = try Model(contentsOf: Fixtures.url("residual.dyn.onnx"))
    let rows = try Model.rows(of: 12 * channels, from: "drawn", to: "rows", like: like)
    var appendix = Appendix(to: rows)
    appendix.append(Tensor(named: "rows").reshaped([-1] + dims), as: "map")
    // If sizes are dynamic, the graph counts them.
    let sizes: [[Int?]] = layout == .tokens ? [[12], [nil]] : [[3, 4], [nil, 4]]
    for (position, positions) in sizes.enumerated() {
      let block = Block(
        index: 0, tensor: "map", layout: layout, channels: channels, positions: positions, flopsShare: nil)
      for statistic in ChannelMultiplier.statistics {
        appendix.addOutput(block.channels(statistic, in: rows.graph), as: "\(statistic.rawValue)\(position)")
      }
    }
    let model = try Engine().compile(
      model: appendix.appended(to: rows), name: "maps", options: EngineOptions())
    let outputs = ChannelMultiplier.statistics.flatMap { ["\($0.rawValue)0", "\($0.rawValue)1"] }
    let tensors = try await model.infer(values, shape: [12, 12 * channels], outputs: outputs)
    let cases = outputs.map {
      Case(
        statistic: String($0.dropLast()), percentile: 90, scores: Array(repeating: 1, count: 12),
        layout: layout, map: path)
    }
    for (output, known) in zip(outputs, try reference(cases)) {
      let values = try tensors.floats(output)
      expectAgreement(values, known.statistics, "\(output) of \(layout)")
      // For constant maps, the values are exact.
      let constant = output.hasPrefix("std") ? 0 : 2.5 as Float
      #expect(values.prefix(channels).allSatisfy { $0 == 0 })
      #expect(values[channels..<2 * channels].allSatisfy { $0 == constant }, "\(output)")
    }
  }

  @Test(arguments: [
    ("vgg.ts.onnx", "energy*std", "does not average a feature map"),
    ("residual.ts.onnx", "knn*max@99", "residual.ts.onnx has the blocks 0 to 3"),
  ])
  func whatTheClassifierLacksIsNamed(_ network: String, _ name: String, _ reason: String) throws {
    let classifier = try Classifier(Model(contentsOf: Fixtures.url(network)), engine: Engine())
    let error = #expect(throws: OddityError.self) {
      try ScorePlan([ScoreName(parsing: name)], classifier: classifier)
    }
    #expect(
      error?.code == .usage && error?.message.hasPrefix("\(name): ") == true
        && error?.message.contains(reason) == true, "\(error?.message ?? "")")
  }

  /// Maps that are constant on all images, or have one position, have a deviation of zero and multiply by
  /// zero.
  @Test func aMultiplierThatIsZeroIsRefused() throws {
    let tap = Tap.channels(.deviation, .last)
    let layout = TapLayout([.logits, tap], widths: [2, 3])
    let rows = (0..<20).map {
      RowSample.Row(key: UInt64($0), contentHash: 0, values: [1, Float($0), 0, 0, 0], truth: nil)
    }
    let block = ScoreCase().block
    let table = FeatureTable(rows, layout: layout, classes: 2, block: block)
    let plan = try ScorePlan([ScoreName(parsing: "energy*std")])
    let error = #expect(throws: OddityError.self) {
      try plan.fit(plan.names[0]) {
        FitData(
          classes: 2, head: nil, block: block, sample: table, select: table, statistics: FitStatistics.Sums(),
          fitCount: 20, std: nil, smallestFeature: 0, seed: 0, parameters: $0)
      }
    }
    #expect(error?.code == .badData && error?.message.hasPrefix("energy*std: std of the channels") == true)
  }
}

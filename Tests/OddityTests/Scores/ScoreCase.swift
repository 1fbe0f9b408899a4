import Foundation
import ONNXGraph
import Engines
import TestSupport

@testable import OddityClassifier
@testable import OddityModel
@testable import OddityScores
@testable import OddityStatistics

/// Features and logits of a synthetic classifier, for fitting and computing scores.
///
/// Features are class means plus noise with different variances in different directions. Logits come from a
/// head that has learned the means.
struct ScoreCase {
  var classes = 10
  var features = 24
  var fitRows = 300
  var selectRows = 120
  var rows = 150
  /// How much images of a class differ.
  var noise = 1.0
  /// Whether features are after a ReLU.
  var isNonNegative = true
  var isLabelled = true
  /// A class without images.
  var absent: Int?
  /// Evaluation rows that are all zero.
  var zeroRows = 0
  /// Whether every feature is a multiple of a half, so that many are equal.
  var hasTies = false
  /// Added to every feature: with a large one all have nearly the same direction.
  var featureOffset = 0.0
  /// Added to every feature. With a large offset, all features have nearly the same direction.
  var logitOffset = 0.0
  /// The meaning of the logits.
  var form = LogitForm.softmax
  var seed: UInt64 = 7

  let block = Block(
    index: 0, tensor: "map", layout: .channelsFirst, channels: 4, positions: [4, 4], flopsShare: nil)

  var layout: TapLayout {
    TapLayout([.featureNorm(block), .logits, .features], widths: [1, classes, features])
  }

  /// One part of the data: rows in the layout, and true classes.
  struct Part {
    let rows: [[Float]]
    let truth: [Int]
  }

  /// The random data: the head and the parts.
  struct Drawn {
    let head: LinearHead
    let fit: Part
    let select: Part
    let evaluate: Part
  }

  func drawn() -> Drawn {
    var normals = NormalNumbers(SplitMix64(seed: seed))
    let means = (0..<classes).map { _ in (0..<features).map { _ in normals.next() } }
    let spread = (0..<features).map { 0.3 + Double($0 % 5) / 3 }
    let weights = means.flatMap { mean in mean.map { Float(0.6 * $0 + 0.2 * normals.next()) } }
    let bias = (0..<classes).map { _ in Float(logitOffset + 0.3 * normals.next()) }
    let head = LinearHead(classes: classes, features: features, weights: weights, bias: bias)
    func part(_ count: Int, zeros: Int = 0) -> Part {
      var truth: [Int] = []
      let rows = (0..<count).map { row -> [Float] in
        var label = row % classes
        if label == absent { label = (label + 1) % classes }
        truth.append(label)
        var z = (0..<features).map {
          Float(featureOffset + means[label][$0] + noise * spread[$0] * normals.next())
        }
        if isNonNegative { z = z.map { max($0, 0) } }
        if hasTies { z = z.map { ($0 * 2).rounded() / 2 } }
        if row < zeros { z = z.map { _ in 0 } }
        return [Float(1 + abs(normals.next()))] + head.logits(of: z) + z
      }
      return Part(rows: rows, truth: truth)
    }
    return Drawn(
      head: head, fit: part(fitRows), select: part(selectRows), evaluate: part(rows, zeros: zeroRows))
  }

  /// The data of a score with given parameters.
  func data(
    _ drawn: Drawn, statistics wanted: Set<FitStatistic>
  ) throws -> (ScoreParameters) -> FitData {
    var statistics = try FitStatistics(layout, wanted: wanted)
    for (row, truth) in zip(drawn.fit.rows, drawn.fit.truth) {
      statistics.append(
        RowSample.Row(
          key: UInt64(statistics.count), contentHash: 0, values: row, truth: isLabelled ? truth : nil),
        predicted: Prediction(logits: row[layout.range(of: .logits) ?? 0..<0]).classIndex)
    }
    let held = zip(drawn.select.rows, drawn.select.truth).enumerated().map { position, row in
      RowSample.Row(key: UInt64(position), contentHash: 0, values: row.0, truth: isLabelled ? row.1 : nil)
    }
    let sample = FeatureTable(statistics.rows, layout: layout, classes: classes, block: block)
    let select = FeatureTable(held, layout: layout, classes: classes, block: block)
    return { [statistics] in
      FitData(
        classes: classes, form: form, head: drawn.head, block: block, sample: sample, select: select,
        temperature: select, statistics: statistics.sums, fitCount: statistics.count, std: nil,
        smallestFeature: statistics.smallestFeature, seed: seed, parameters: $0)
    }
  }

  /// Oddity's scores of the evaluation rows, as the engine computes them.
  func scores(_ names: [ScoreName], settings: ScoreSettings = ScoreSettings()) async throws -> [[Float]] {
    let drawn = drawn()
    let plan = try ScorePlan(names, settings: settings, form: form)
    let data = try data(drawn, statistics: plan.statistics)
    var fitted: [ScoreName: FittedScore] = [:]
    for name in ScorePlan.leaves(of: names) { fitted[name] = try plan.fit(name, to: data) }
    let leaves = ScorePlan.leaves(of: names).compactMap { fitted[$0] }
    let select = try await run(leaves, drawn.select)
    for name in names where name.leaves.count > 1 {
      fitted[name] = try .ensemble(
        of: name.leaves.compactMap { fitted[$0] },
        select: name.leaves.compactMap { leaf in
          ScorePlan.leaves(of: names).firstIndex(of: leaf).map { select[$0] }
        })
    }
    return try await run(names.compactMap { fitted[$0] }, drawn.evaluate)
  }

  private func run(_ scores: [FittedScore], _ part: Part) async throws -> [[Float]] {
    let runner = try ScoreRunner(
      scores, layout: layout, classes: classes, form: form,
      like: Model(contentsOf: Fixtures.url("residual.dyn.onnx")), engine: Engine(), options: RunOptions())
    return try await runner.scores(part.rows.flatMap(\.self), count: part.rows.count)
  }

  private struct Request: Encodable {
    let scores: [String]
    let form: LogitForm
    let parameters: [String: [String: Double]]
  }

  private struct Answer: Decodable {
    let scores: [[Double]]
  }

  /// The reference's scores of the same rows.
  func reference(
    _ names: [ScoreName], parameters: [String: [String: Double]] = [:], map: RandomFourierFeatures? = nil
  ) throws -> [[Double]] {
    let folder = try TemporaryFolder()
    let drawn = drawn()
    func write(_ values: [Float], _ shape: [Int], _ name: String) throws {
      try NumPyFile.write(values, shape: shape, to: folder.url.appending(path: "\(name).npy"))
    }
    try write(drawn.head.weights, [classes, features], "weights")
    try write(drawn.head.bias, [classes], "bias")
    for (name, part) in [("fit", drawn.fit), ("select", drawn.select), ("evaluate", drawn.evaluate)] {
      let count = part.rows.count
      try write(part.rows.map { $0[0] }, [count], "\(name)_norms")
      try write(part.rows.flatMap { $0[1...classes] }, [count, classes], "\(name)_logits")
      try write(part.rows.flatMap { $0[(classes + 1)...] }, [count, features], "\(name)_features")
      try write(part.truth.map { isLabelled ? Float($0) : -1 }, [count], "\(name)_truth")
    }
    if let map {
      try write(map.frequencies.map { Float($0) }, [features, map.count], "omega")
      try write(map.phases.map { Float($0) }, [map.count], "phases")
    }
    let request = try JSONEncoder().encode(
      Request(scores: names.map(\.description), form: form, parameters: parameters))
    let output = try PythonReference.run(
      "score_reference.py", arguments: [folder.url.path], standardInput: request)
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try decoder.decode(Answer.self, from: output).scores
  }
}

import Foundation
import Imaging
import ONNXGraph
import Engines
import TestSupport

@testable import OddityClassifier
@testable import OddityFit
@testable import OddityModel
@testable import OddityScores
@testable import OddityStatistics

/// A network with a guarded model of many scores, and the results of an independent reference for the same
/// images.
struct NetworkScores {
  let network: URL
  let names: [ScoreName]
  let options: FitOptions
  private let engine: Engine
  private let folder: TemporaryFolder

  static let root = PythonReference.packageRoot
  static let train = root.appending(path: ".demo/train/train-images-idx3-ubyte.gz").path
  /// Images that are in no training data, and digits.
  static let evaluation = [
    EvaluationImages(path: root.appending(path: ".demo/test.tar").path, positions: Array(0..<160)),
    EvaluationImages(path: root.appending(path: ".demo/mnist.npy").path, positions: Array(0..<60)),
  ]
  /// The values of `Demo/networks/preprocess.json`.
  static let (mean, std) = (0.286, 0.353)
  /// Random features, fewer than usual to save time.
  private static let frequencies = 48

  struct EvaluationImages: Encodable {
    let path: String
    let positions: [Int]
  }

  /// - Parameter network: relative to the package.
  init(_ network: String, _ names: [ScoreName]) throws {
    var options = FitOptions.paper
    options.limit = 800
    options.seed = 3
    options.scores = names
    options.preprocessing = try Preprocessing.load(
      Self.root.appending(path: "Demo/networks/preprocess.json").path)
    try options.settings.set("kpca-rff.M=\(Self.frequencies)")
    (self.network, self.names, self.options) = (Self.root.appending(path: network), names, options)
    (engine, folder) = (try Engine(), try TemporaryFolder())
  }

  func classifier() throws -> Classifier { try Classifier(contentsOf: network, engine: engine) }

  func fit() async throws -> Fit {
    try await Fit(
      model: network, inDistribution: [ImageSources.open(Self.train)], options: options, engine: engine)
  }

  /// The guarded model's results for the evaluation images: a list for each score.
  func scores(_ guarded: GuardedModel) async throws -> [[Float]] {
    let detector = try Detector(guarded, engine: engine)
    var columns = names.map { _ in [Float]() }
    for images in Self.evaluation {
      try await detector.score(ImageSources.open(images.path), selecting: images.positions) {
        for (column, score) in try $0.result.get().scores.values.enumerated() {
          columns[column].append(score)
        }
      }
    }
    return columns
  }

  struct Answer: Decodable {
    let parts: [String: Int]
    /// Computed from ONNX Runtime's results for the images; null for ODIN and ensembles.
    let scores: [[Double]?]
    /// Computed from the results of Oddity's engine.
    let scores_as_measured: [[Double]]
  }

  private struct Request: Encodable {
    let model: String
    let block: String
    let train = NetworkScores.train
    let limit: Int?
    let seed: UInt64
    let mean = NetworkScores.mean
    let std = NetworkScores.std
    let evaluate = NetworkScores.evaluation
    let scores: [String]
    let parameters: [String: [String: Double]] = [:]
    let select: [[Float]]
    let guarded: [[Float]]
    let measured: String
  }

  /// - Parameter guarded: the guarded model's results for the evaluation images.
  func reference(of fit: Fit, guarded: [[Float]]) async throws -> Answer {
    let block = fit.report.selected.tensor
    try await writeMeasurements(block: block)
    return try PythonReference.run(
      "network_score_reference.py",
      Request(
        model: network.path, block: block, limit: options.limit, seed: options.seed,
        scores: names.map(\.description), select: fit.measurements.kinds[0].scores.map(\.inDistribution),
        guarded: guarded, measured: folder.url.path))
  }

  /// The engine's results for the images, for references that must not depend on its rounding.
  private func writeMeasurements(block: String) async throws {
    let setup = try FitSetup(Model(contentsOf: network), engine: engine, options: options)
    let norm = setup.candidates.first { $0.tensor == block }.map { Tap.featureNorm($0) } ?? .logits
    let perturbed = PerturbedImage(epsilon: 0.0014, temperature: 1000)
    let train = try ImageSources.open(Self.train)
    let sample = Sample.positions(
      ids: train.items.map(\.id), limit: options.limit ?? train.items.count, seed: options.seed)
    try write(try await rows(of: [(train, sample)], by: setup), setup, .features, .logits, norm, to: "train")
    let evaluation = try Self.evaluation.map { (try ImageSources.open($0.path), $0.positions) }
    let rows = try await rows(of: evaluation, by: setup)
    try write(rows, setup, .features, .logits, norm, to: "evaluate")
    try write(rows, setup, .perturbedFeatures(perturbed), .perturbedLogits(perturbed), norm, to: "perturbed")
    let map = RandomFourierFeatures(
      width: setup.classifier.featureCount ?? 0, count: Self.frequencies, gamma: 2, seed: options.seed)
    try write([map.frequencies.map { Float($0) }], to: "omega", width: Self.frequencies)
    try write([map.phases.map { Float($0) }], to: "phases", width: nil)
  }

  private func rows(of images: [(any ImageSource, [Int])], by setup: FitSetup) async throws -> [[Float]] {
    let model = try await setup.compile()
    let runner = try await setup.runner(nil, model: model)
    var rows: [[Float]] = []
    for (source, positions) in images {
      try await setup.pipeline(model).run(source, selecting: positions) { batch in
        try await runner.observe(batch, part: { _ in .fit }, needsPseudoOOD: { _ in false })
      } consume: {
        rows.append(try $0.result.get().values)
      }
    }
    return rows
  }

  private func write(
    _ rows: [[Float]], _ setup: FitSetup, _ features: Tap, _ logits: Tap, _ norm: Tap, to name: String
  ) throws {
    for (tap, kind) in [(features, "features"), (logits, "logits"), (norm, "norms")] {
      let range = setup.probe.layout.range(of: tap) ?? 0..<0
      try write(rows.map { Array($0[range]) }, to: "\(name)_\(kind)", width: tap == norm ? nil : range.count)
    }
  }

  /// - Parameter width: the width of each row; nil for a vector.
  private func write(_ rows: [[Float]], to name: String, width: Int?) throws {
    let values = rows.flatMap(\.self)
    try NumPyFile.write(
      values, shape: width.map { [values.count / $0, $0] } ?? [values.count],
      to: folder.url.appending(path: "\(name).npy"))
  }
}

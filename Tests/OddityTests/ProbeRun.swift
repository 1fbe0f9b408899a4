import Foundation
import Imaging
import ONNXGraph
import Engines
import Testing

@testable import OddityClassifier
@testable import OddityFit
@testable import OddityScores

/// A classifier's probe graph, run on the images of a NumPy file.
struct ProbeRun {
  let probe: ProbeGraph
  private let tensors: [String: OutputTensor]
  private let rows: [Float]
  private let count: Int
  private let classifier: Classifier
  private let engine: Engine
  private let head: LinearHead?

  /// - Parameters:
  ///   - images: a file of float32 images, [N, C, H, W], in the form of the network's input.
  ///   - candidates: the blocks whose norms are needed.
  init(
    _ classifier: Classifier, candidates: [Block], taps: Set<Tap> = [],
    std: PixelScale = PixelScale(values: [1], dims: [1, 1, 1, 1]), images: URL,
    head: LinearHead? = nil, engine: Engine
  ) async throws {
    probe = try ProbeGraph(
      classifier, candidates: candidates, taps: taps,
      std: std)
    let model = try engine.compile(model: probe.bytes, options: EngineOptions())
    let shape = try #require(classifier.image.shape).dropFirst().map { try #require($0) }
    let images = try ProbeRun.images(of: images, shape: shape)
    let tensors = try await model.infer(
      images.flatMap(\.self), shape: [images.count] + shape, outputs: probe.outputs)
    (count, self.classifier, self.head, self.engine) = (images.count, classifier, head, engine)
    let columns = try probe.outputs.map { try tensors.floats($0) }
    let widths = probe.layout.widths
    self.tensors = tensors
    rows = (0..<images.count).flatMap { image in
      zip(columns, widths).flatMap { $0[image * $1..<(image + 1) * $1] }
    }
  }

  /// The scores of the images, computed from the measurements.
  func scores(_ scores: [FittedScore]) async throws -> [[Float]] {
    try await ScoreRunner(
      scores, layout: probe.layout, classes: classifier.classes, like: classifier.model, engine: engine,
      options: RunOptions()
    ).scores(rows, count: count)
  }

  /// The data for fitting scores: the images themselves, or the first of them.
  func fitData(block: Block, parameters: ScoreParameters, count fitCount: Int? = nil) -> FitData {
    let count = fitCount ?? count
    let kept = (0..<count).map { image in
      RowSample.Row(key: UInt64(image), contentHash: 0, values: row(image), truth: nil)
    }
    let table = FeatureTable(kept, layout: probe.layout, classes: classifier.classes, block: block)
    return FitData(
      classes: classifier.classes, head: head, block: block, sample: table, select: table,
      statistics: FitStatistics.Sums(), fitCount: count, std: nil,
      smallestFeature: table.features.min() ?? 0, seed: 0,
      parameters: parameters)
  }

  /// The measurements of an image, in the layout of the probe.
  func row(_ image: Int) -> [Float] {
    Array(rows[image * probe.layout.width..<(image + 1) * probe.layout.width])
  }

  /// The values of the probe's output at a position, for each image.
  func values(_ column: Int) throws -> [Float] { try tensors.floats(probe.outputs[column]) }

  /// The images of a NumPy file, [N, C, H, W], in the layout of the classifier's input.
  static func images(of file: URL, shape: [Int]) throws -> [[Float]] {
    let reader = try ImageSources.open(file.path).reader(selecting: nil)
    var images: [[Float]] = []
    while let (_, payload) = try reader.next() {
      guard case .tensor(let values, let found) = try payload.get() else { continue }
      images.append(found == shape ? values : channelsLast(values, found))
    }
    return images
  }

  private static func channelsLast(_ values: [Float], _ shape: [Int]) -> [Float] {
    let (channels, pixels) = (shape[0], shape[1] * shape[2])
    return (0..<pixels).flatMap { pixel in (0..<channels).map { values[$0 * pixels + pixel] } }
  }
}

/// Expects that values agree relatively. `what` describes them.
func expectClose(_ values: [Float], _ expected: [Double], within tolerance: Double, _ what: String) {
  #expect(values.count == expected.count, "\(what)")
  for (value, known) in zip(values, expected) {
    let error = abs(Double(value) - known) / max(1e-6, abs(known))
    #expect(error <= tolerance, "\(what): \(value) instead of \(known)")
  }
}

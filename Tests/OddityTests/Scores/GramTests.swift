import Foundation
import ONNXGraph
import Engines
import Testing
import TestSupport

@testable import OddityClassifier
@testable import OddityFiles
@testable import OddityScores
@testable import OddityStatistics

/// Compares Gram matrices of blocks with NumPy in float64, which computes the whole matrices.
struct GramTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private struct MapRequest: Encodable {
    let map: String
    let layout: MapLayout
  }

  private struct NetworkRequest: Encodable {
    struct Block: Encodable {
      let tensor: String
      let layout: MapLayout
    }

    let model: String
    let logits: String
    let blocks: [Block]
    let images: String
    let fit: Int
    let select: Int
  }

  /// Maps of very small and very large values, with one channel, with a single position, constant maps, and
  /// zero maps.
  @Test(arguments: [MapLayout.channelsFirst, .channelsLast, .tokens], [(6, 4), (1, 4), (6, 1)])
  func rowSumsOfDrawnMapsEqualTheReference(_ layout: MapLayout, _ size: (channels: Int, width: Int))
    async throws
  {
    let positions = layout == .tokens ? [size.width] : [1, size.width]
    let dims = layout == .channelsFirst ? [size.channels] + positions : positions + [size.channels]
    let count = dims.reduce(1, *)
    var normals = NormalNumbers(SplitMix64(seed: 17))
    let values = (0..<30 * count).map { place -> Float in
      switch place / count {
      case 0: 0
      case 1: 1.5
      case 2: Float(abs(normals.next())) * 1e-12
      case 3: Float(abs(normals.next())) * 1e12
      default: Float(abs(normals.next()))
      }
    }
    let path = folder.path("maps.npy")
    try NumPyFile.write(values, shape: [30] + dims, to: URL(fileURLWithPath: path))
    let like = try Model(contentsOf: Fixtures.url("residual.dyn.onnx"))
    let rows = try Model.rows(of: count, from: "drawn", to: "rows", like: like)
    var appendix = Appendix(to: rows)
    appendix.append(Tensor(named: "rows").reshaped([-1] + dims), as: "map")
    let block = Block(
      index: 0, tensor: "map", layout: layout, channels: size.channels, positions: positions, flopsShare: nil)
    let sums = GramMatrices.sums(of: block, in: rows.graph)
    appendix.addOutput(.concatenation(sums, axis: 1), as: "answer")
    let model = try Engine().compile(
      model: appendix.appended(to: rows), name: "maps", options: EngineOptions())
    let answer = try await model.infer(values, shape: [30, count], outputs: ["answer"]).floats("answer")
    let known = try PythonReference.run(
      "gram_reference.py", MapRequest(map: path, layout: layout), as: [Double].self)
    let width = 5 * size.channels
    for image in 0..<30 {
      // Each relative to the image's own size, which is the last number.
      let own = answer[image * (width + 1)..<(image + 1) * (width + 1)]
      let scale = max(Double(own.last ?? 0) * Double(own.last ?? 0), 1e-30)
      for (value, expected) in zip(own, known[image * width..<(image + 1) * width]) {
        #expect(
          abs(Double(value) - expected) <= 2e-6 * max(abs(expected), scale * 1e-3),
          "image \(image) of \(layout)")
      }
    }
    #expect(answer.prefix(width + 1).allSatisfy { $0 == 0 })
  }

  /// Two and a hundred classes, most of which have no image; maps before their activation; channels first and
  /// last.
  @Test(arguments: [
    ("residual.ts.onnx", 0), ("nhwc.dyn.onnx", 2), ("preact.ts.onnx", 1), ("dense.ts.onnx", 0),
    ("binary.dyn.onnx", 0),
    ("hundred.ts.onnx", 0), ("opset7.ts.onnx", 1), ("opset21.dyn.onnx", 0),
  ])
  func scoresOfNetworksEqualTheReference(_ network: String, last: Int) async throws {
    let engine = try Engine()
    let classifier = try Classifier(Model(contentsOf: Fixtures.url(network)), engine: engine)
    let isChannelsLast = network.hasPrefix("nhwc")
    let shape = try #require(classifier.image.shape).dropFirst().compactMap { $0 }
    let images = try SyntheticImages.writeExtremes(
      noise: 120, shape: isChannelsLast ? [shape[2], shape[0], shape[1]] : shape, in: folder)
    var settings = ScoreSettings()
    if last > 0 { try settings.set("gram.blocks=\(last)") }
    let plan = try ScorePlan([.gram], settings: settings, classifier: classifier)
    let run = try await ProbeRun(
      classifier, candidates: [], taps: plan.taps(at: []), images: images, engine: engine)
    let layout = run.probe.layout
    var statistics = try FitStatistics(layout, wanted: plan.statistics)
    var others = statistics
    let (fit, select) = (60, 30)
    let rows = (0..<122).map {
      RowSample.Row(key: UInt64($0), contentHash: 0, values: run.row($0), truth: nil)
    }
    for (place, row) in rows.prefix(fit).enumerated() {
      let logits = row.values[try #require(layout.range(of: .logits))]
      let predicted = Prediction(logits: logits).classIndex
      // In two shards, whose sums are then merged.
      if place % 3 == 0 {
        others.append(row, predicted: predicted)
      } else {
        statistics.append(row, predicted: predicted)
      }
    }
    statistics.merge(sample: others.rows, sums: others.sums, smallestFeature: .infinity, count: others.count)
    var wide = RowSample(capacity: 100, of: layout, keeping: layout.wide)
    for row in rows[fit..<fit + select] { wide.append(row) }
    let block = ScoreCase().block
    let table = FeatureTable(wide.rows, layout: layout.wide, classes: classifier.classes, block: block)
    let fitted = try plan.fit(.gram) {
      FitData(
        classes: classifier.classes, head: nil, block: block, sample: table, select: table, wideSelect: table,
        statistics: statistics.sums, fitCount: statistics.count, std: nil, smallestFeature: 0, seed: 0,
        parameters: $0)
    }
    // The storage for thousands of images contains none of the wide numbers.
    #expect(
      statistics.rows.count == fit && statistics.rows.allSatisfy { $0.values.count == layout.sampled.width })
    #expect(layout.sampled.width < layout.width && layout.sampled.range(of: .logits) != nil)
    let blocks = last > 0 ? classifier.blocks.suffix(last) : classifier.blocks
    let known = try PythonReference.run(
      "gram_reference.py",
      NetworkRequest(
        model: Fixtures.url(network).path, logits: classifier.head.logits,
        blocks: blocks.map { NetworkRequest.Block(tensor: $0.tensor, layout: $0.layout) },
        images: images.path, fit: fit,
        select: select),
      as: [Double].self)
    // Row sums of maps with both signs cancel, which loses digits.
    let tolerance = network.hasPrefix("dense") ? 5e-4 : 1e-4
    expectAgreement(try await run.scores([fitted])[0], known, network, within: tolerance)
  }

  /// The blocks of ResNet-50: the last three for ImageNet's classes, and all for ten classes.
  @Test func tablesStayBelowTheirLimit() throws {
    let stages = [(3, 256), (4, 512), (6, 1024), (3, 2048)]
    let widths = stages.flatMap { count, channels in Array(repeating: 5 * channels + 1, count: count) }
    #expect(GramMatrices.usualCount(widths, classes: 1000) == 3)
    #expect(GramMatrices.usualCount(widths, classes: 10) == 16)
    #expect(GramMatrices.usualCount(widths, classes: 1_000_000) == 1)
    try GramMatrices.check(widths, classes: 1000)
    let error = #expect(throws: OddityError.self) { try GramMatrices.check(widths, classes: 21_000) }
    #expect(error?.code == .usage && error?.message.contains("set a smaller gram.blocks") == true)
  }

  @Test func classesWithoutImagesTakeTheRangeOfAll() {
    var ranges = ClassRanges(classes: 3, segments: [2, 1])
    ranges.append([1, -2, 4], to: 0)
    ranges.append([3, -1, 2], to: 2)
    ranges.append([2, -7, 3], to: 2)
    #expect(ranges.overall.minima == [1, -7, 2] && ranges.overall.maxima == [3, -1, 4])
    let filled = ranges.filled()
    #expect(
      filled.minima == [1, -2, 4, 1, -7, 2, 2, -7, 2] && filled.maxima == [1, -2, 4, 3, -1, 4, 3, -1, 3])
  }

  private func error(_ statistics: FitStatistics.Sums, wideSelect: FeatureTable) throws -> OddityError? {
    let plan = try ScorePlan([.gram])
    let block = ScoreCase().block
    return #expect(throws: OddityError.self) {
      try plan.fit(.gram) {
        FitData(
          classes: 2, head: nil, block: block, sample: wideSelect, select: wideSelect, wideSelect: wideSelect,
          statistics: statistics, fitCount: 3, std: nil, smallestFeature: 0, seed: 0, parameters: $0)
      }
    }
  }

  @Test func whatTheImagesLackIsNamed() throws {
    let none = FeatureTable(classes: 2, featureCount: 0)
    var sums = FitStatistics.Sums()
    #expect(try error(sums, wideSelect: none)?.message.contains("gram cannot learn") == true)
    var ranges = ClassRanges(classes: 2, segments: [2])
    ranges.append([1, 1], to: 0)
    ranges.append([1, 1], to: 1)
    sums.gramRanges = ranges
    #expect(try error(sums, wideSelect: none)?.message.contains("the same on all images") == true)
    ranges.append([2, 1], to: 1)
    sums.gramRanges = ranges
    #expect(try error(sums, wideSelect: none)?.message.contains("the select part has no image") == true)
  }
}

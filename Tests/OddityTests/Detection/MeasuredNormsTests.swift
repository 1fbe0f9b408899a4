import Foundation
import Imaging
import ONNXGraph
import Engines
import Testing
import TestSupport

@testable import OddityFit
@testable import OddityModel
@testable import OddityScores
@testable import OddityStatistics

/// FeatureNorms that a detector measures in addition to its scores, and the norms that a fit stores.
struct MeasuredNormsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: [
    "residual.dyn.onnx", "vgg.ts.onnx", "preact.dyn.onnx", "float16.ts.onnx", "external.dyn.onnx",
  ])
  func equalTheFitsOwn(_ name: String) async throws {
    let images = try SyntheticImages(count: 150, in: folder)
    var options = FitOptions.paper
    options.paperSplit = true
    let fit = try await Fit(
      model: Fixtures.url(name), inDistribution: [images.source], options: options, engine: Engine())
    let path = folder.path("guarded.onnx")
    try fit.guarded.write(to: path)
    let plain = try await scores(of: Detector(path), images)
    let measured = try await scores(
      of: Detector(contentsOf: URL(filePath: path), engine: Engine(), measuresNorms: true), images)
    let selected = try #require(fit.report.selected.index)
    #expect(fit.measurements.kinds[0].norms.imageCount == images.source.items.count)
    for (image, (before, after)) in zip(plain, measured).enumerated() {
      #expect(before.norms.isEmpty)
      #expect(after.norms.count == fit.report.blocks.count)
      #expect(abs(before.score / after.score - 1) < 1e-6)
      #expect(abs(after.norms[selected] / after.score - 1) < 1e-6)
      for (block, norm) in after.norms.enumerated() {
        #expect(abs(norm / fit.measurements.kinds[0].norms.inDistribution[block][image] - 1) < 1e-5)
      }
    }
  }

  @Test func aFitKnowsWhereItsImagesAre() async throws {
    let images = try SyntheticImages(count: 90, in: folder)
    let calibration = try SyntheticImages(count: 60, seed: 8, in: folder)
    var options = FitOptions.paper
    options.limit = 70
    options.scores = [.energy, .featurenorm]
    let fit = try await Fit(
      model: Fixtures.url("vgg.ts.onnx"), inDistribution: [images.source],
      calibration: [calibration.source], options: options, engine: Engine())
    let measurements = fit.measurements
    #expect(measurements.images.count == fit.report.parts.select + 60)
    #expect(measurements.kinds[0].scores.count == 2)
    #expect(measurements.kinds[0].scores[0].inDistribution.count == fit.report.parts.select)
    #expect(measurements.images.filter { $0.part == .calibrate }.allSatisfy { $0.source == 1 })
    let detector = try Detector(fit.guarded, engine: Engine())
    let again = try await scores(of: detector, images)
    for image in measurements.images where image.source == 0 {
      #expect(abs(again[image.position].score - image.score) < 1e-4)
    }
  }

  private func scores(of detector: Detector, _ images: SyntheticImages) async throws -> [ScoredImage] {
    var scored: [ScoredImage] = []
    try await detector.score(images.source) { scored.append(try $0.result.get()) }
    return scored
  }
}

import Engines
import Foundation
import Imaging
import Testing
import TestSupport

@testable import OddityFit
@testable import OddityModel

/// Compares the maps of a fit with NumPy and ONNX Runtime.
struct FittedMapTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private struct Request: Encodable {
    let model: String
    let images: String
    let calibration: String
    let tensor: String
    let layout: String
    let score: String
    let logits: String
  }

  private struct Reference: Decodable {
    let maps: [[Double]]
    let sums: [Double]
    let p_values: [[Double]]
  }

  private func fit(
    _ network: String, _ images: SyntheticImages, calibration: SyntheticImages,
    score: ScoreName = .featurenorm,
    map: FitOptions.MapChoice? = .auto
  ) async throws -> GuardedModel {
    var options = FitOptions.paper
    options.scores = [score]
    options.map = map
    return try await Fit(
      model: Fixtures.url(network), inDistribution: [images.source], calibration: [calibration.source],
      options: options, engine: Engine()
    ).guarded
  }

  private func maps(_ guarded: GuardedModel, _ images: SyntheticImages) async throws -> [ScoredImage] {
    var scored: [ScoredImage] = []
    try await Detector(guarded, engine: Engine(), makesMaps: true).score(images.source) {
      scored.append(try $0.result.get())
    }
    return scored
  }

  /// Maps and p-values equal the reference, and the positions of FeatureNorm add up to the score.
  @Test(arguments: [
    ("residual.ts.onnx", ScoreName.featurenorm), ("nhwc.ts.onnx", .featurenorm),
    ("float16.ts.onnx", .featurenorm),
    ("mbconv.dyn.onnx", .featurenorm), ("residual.ts.onnx", .energy), ("residual.dyn.onnx", .energy),
  ])
  func mapsEqualTheReference(_ network: String, _ score: ScoreName) async throws {
    let shape = network.hasPrefix("nhwc") ? [32, 32, 3] : [3, 32, 32]
    let calibration = try SyntheticImages(count: 100, shape: shape, seed: 8, in: folder)
    let guarded = try await fit(
      network, SyntheticImages(count: 60, shape: shape, in: folder), calibration: calibration, score: score)
    let report = try #require(guarded.metadata.map)
    let images = try SyntheticImages(count: 40, shape: shape, seed: 9, in: folder)
    let layout = guarded.metadata.blocks.first { $0.tensor == report.block.tensor }?.layout ?? .channelsFirst
    let reference: Reference = try PythonReference.run(
      "position_map_reference.py",
      Request(
        model: Fixtures.url(network).path, images: images.url.path, calibration: calibration.url.path,
        tensor: report.block.tensor, layout: layout.rawValue, score: report.score,
        logits: guarded.metadata.logits))
    #expect(report.score == score.description && report.calibrationImages == 100)
    let tolerance = network.hasPrefix("float16") ? 2e-2 : 1e-4
    var different = 0
    for (image, row) in zip(try await maps(guarded, images), reference.maps.indices) {
      let map = try #require(image.map)
      let size = reference.maps[row].map(abs).max() ?? 1
      #expect(map.contributions.count == report.height * report.width)
      for (value, expected) in zip(map.contributions, reference.maps[row]) {
        #expect(abs(Double(value) - expected) <= tolerance * size)
      }
      let sum = map.contributions.reduce(0) { $0 + Double($1) }
      #expect(abs(sum - reference.sums[row]) <= tolerance * abs(reference.sums[row]) + 1e-3)
      if score == .featurenorm { #expect(abs(sum - Double(image.score)) <= tolerance * sum) }
      different += zip(map.pValues, reference.p_values[row]).count { abs(Double($0) - $1) > 1e-6 }
    }
    // If a value nearly equals that of a calibration image, rounding decides.
    let positions = images.source.items.count * report.height * report.width
    if !network.hasPrefix("float16") { #expect(100 * different <= positions) }
  }

  @Test func anotherBlockMayBeNamed() async throws {
    let images = try SyntheticImages(count: 100, in: folder)
    let guarded = try await fit(
      "residual.ts.onnx", images, calibration: images, score: .energy, map: .named("0"))
    #expect(guarded.metadata.map?.score == "featurenorm" && guarded.metadata.map?.block.index == 0)
    let error = await #expect(throws: OddityError.self) {
      _ = try await fit("residual.ts.onnx", images, calibration: images, map: .named("17"))
    }
    #expect(error?.message.hasPrefix("`FitOptions.map: 17`") == true)
  }

  /// Copies of the file and a new rate keep the map.
  @Test func recalibrationKeepsTheMapUnlessItForgetsItsImages() async throws {
    let images = try SyntheticImages(count: 100, in: folder)
    let guarded = try await fit("residual.ts.onnx", images, calibration: images)
    let url = folder.url.appending(path: "guarded.onnx")
    try guarded.write(to: url.path)
    var options = RecalibrationOptions()
    options.alpha = try Alpha(parsing: "0.1")
    let read = try GuardedModel(contentsOf: url)
    let again = try await Recalibration(read, options: options, engine: Engine()).guarded
    #expect(try again.map() == guarded.map())
    #expect(try await maps(again, images).allSatisfy { $0.map != nil })
    options.resets = true
    let forgotten = try await Recalibration(
      read, calibration: [images.source], options: options, engine: Engine())
    #expect(forgotten.guarded.metadata.map == nil)
    #expect(!forgotten.guarded.model.graph.outputs.map(\.name).contains("ood_map"))
    #expect(forgotten.report.warnings.map(\.code).contains(.learntForgotten))
    #expect(forgotten.report.warning?.contains("the map of positions") == true)
  }

  @Test func whereThereIsNoMapItIsSaid() async throws {
    let images = try SyntheticImages(count: 100, in: folder)
    let guarded = try await fit("residual.ts.onnx", images, calibration: images, map: nil)
    #expect(try await Detector(guarded, engine: Engine()).maps(of: images.source, at: [0]).isEmpty)
    let error = #expect(throws: OddityError.self) {
      _ = try Detector(guarded, engine: Engine(), makesMaps: true)
    }
    #expect(error?.code == .usage)
  }

  @Test func aPartOfAFitHasNoMap() async throws {
    let images = try SyntheticImages(count: 100, in: folder)
    var options = FitOptions.paper
    options.map = .auto
    do {
      _ = try await PartialFit(
        model: Fixtures.url("residual.ts.onnx"), inDistribution: [images.source], options: options,
        engine: Engine())
      Issue.record("a part of a fit cannot calibrate a map")
    } catch let error as OddityError {
      #expect(error.code == .usage)
    }
  }
}

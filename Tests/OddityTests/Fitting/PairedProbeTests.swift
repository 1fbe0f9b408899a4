import Engines
import Foundation
import Imaging
import ONNXGraph
import TestSupport
import Testing

@testable import OddityFit
@testable import OddityModel

/// Compares jigsaws that the engine makes with those that Oddity makes.
@Suite struct PairedProbeTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Grids that divide the sides and grids that leave a remainder, both layouts, one channel and several.
  @Test(
    arguments: [2, 3, 5],
    [
      .channelsFirst(channels: 3, height: 8, width: 9), .channelsFirst(channels: 1, height: 7, width: 5),
      .channelsLast(height: 8, width: 9, channels: 3), .channelsLast(height: 6, width: 6, channels: 1),
    ] as [ImageShape])
  func theEngineMakesTheSameJigsaws(grid: Int, layout: ImageShape) async throws {
    let sides = [layout.height, layout.width]
    let shape = layout.channelStride == 1 ? sides + [layout.channels] : [layout.channels] + sides
    let jigsaw = Jigsaw(grid: grid)
    let random = (0..<6).map { ImageRandomness(seed: 5, id: $0) }
    // The values include negative zeros. They are only moved.
    let values = (0..<6 * layout.count).map { $0 % 7 == 0 ? -0.0 : Float($0) - 100 }
    let like = try Model(contentsOf: Fixtures.url("residual.dyn.onnx"))
    let rows = try Model.rows(of: layout.count, from: "drawn", to: "rows", like: like)
    var appendix = Appendix(to: rows)
    let images = Tensor(named: "rows", rank: 2).reshaped([-1] + shape)
    let tiles = appendix.addInput("tiles", type: .int64, shape: [nil, grid * grid])
    appendix.addOutput(
      jigsaw.jigsaws(of: images, shape: layout, tiles: tiles).reshaped([-1, layout.count]), as: "answer")
    let model = try Engine().compile(model: appendix.appended(to: rows), options: EngineOptions())
    let found = try await model.infer(
      values, shape: [6, layout.count], further: [(jigsaw.tiles(random), [6, grid * grid])],
      outputs: ["answer"]
    ).floats("answer")
    #expect(found.map(\.bitPattern) == own(jigsaw, values, layout, random).map(\.bitPattern))
  }

  private func own(
    _ jigsaw: Jigsaw, _ values: [Float], _ shape: ImageShape, _ random: [ImageRandomness]
  ) -> [Float] {
    random.enumerated().flatMap { number, random in
      [Float](unsafeUninitializedCapacity: shape.count) { place, count in
        values[shape.range(ofImage: number)].withUnsafeBufferPointer { values in
          jigsaw.write(
            SourceImage(values: values, shape: shape, id: 0, random: random, donors: []), into: place)
        }
        count = shape.count
      }
    }
  }

  /// Networks with a dynamic and a fixed batch size, with both layouts, in half precision, and with scores
  /// that copy the network themselves.
  @Test(arguments: [
    "residual.dyn.onnx", "fixed_batch.dyn.onnx", "nhwc.ts.onnx", "float16.ts.onnx", "vgg.ts.onnx",
  ])
  func aPairSaysWhatTwoPassesSay(network: String) async throws {
    var options = FitOptions.paper
    options.scores = try ["featurenorm", "energy", "odin"].map { try ScoreName(parsing: $0) }
    options.pseudoOOD = try ["blur", "jigsaw", "jigsaw:2"].map { try PseudoOOD(parsing: $0) }
    let setup = try FitSetup(
      Model(contentsOf: Fixtures.url(network)), engine: Engine(), options: options)
    let images = try SyntheticImages(
      count: 20, shape: setup.preprocessing.sampleShape, in: folder
    ).source
    let data = InDistributionData(
      inDistribution: [images], calibration: [], limit: nil, seed: options.seed, normRatioImages: .all)
    let model = try await setup.compile()
    // If networks compute with ten bits, an engine may omit conversions between some nodes, but not between
    // their copies.
    let tolerance: Float = network.hasPrefix("float16") ? 5e-3 : 1e-5
    let alone = try await rows(images, setup.runner(data, model: model, pairs: false), setup, model)
    let runner = try await setup.runner(data, model: model, pairs: true)
    #expect(runner.paired?.kind.name == "jigsaw:3")
    let paired = try await rows(images, runner, setup, model)
    try #require(alone.count == 20 * 4 && paired.count == alone.count)
    for (row, other) in zip(paired, alone) {
      let spread = try #require(other.map(abs).max())
      #expect(zip(row, other).allSatisfy { abs($0 - $1) <= tolerance * spread })
    }
  }

  /// For each image, its own row and the rows of its pseudo-OOD images.
  private func rows(
    _ images: any ImageSource, _ runner: ProbeRunner, _ setup: FitSetup, _ model: CompiledModel
  ) async throws -> [[Float]] {
    var rows: [[Float]] = []
    try await setup.pipeline(model).run(images) { batch in
      try await runner.observe(batch, part: { _ in .select }, needsPseudoOOD: { _ in true })
    } consume: { outcome in
      let observation = try outcome.result.get()
      rows += [observation.values] + observation.pseudo
    }
    return rows
  }

  @Test func withoutAJigsawNothingIsPaired() async throws {
    var options = FitOptions.paper
    options.pseudoOOD = [try PseudoOOD(parsing: "blur")]
    let setup = try FitSetup(
      Model(contentsOf: Fixtures.url("vgg.ts.onnx")), engine: Engine(), options: options)
    #expect(try PairedProbe(setup) == nil)
  }
}

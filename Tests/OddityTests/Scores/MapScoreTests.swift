import Foundation
import ONNXGraph
import Engines
import Testing
import TestSupport

@testable import OddityClassifier
@testable import OddityFiles
@testable import OddityScores
@testable import OddityStatistics

/// Compares the taps of the last feature map with NumPy in float64 on the same map.
struct MapScoreTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The source of a map, and the value to compute from it.
  private struct Request: Encodable {
    let score: String
    let layout: MapLayout
    var map: String?
    var model: String?
    var tensor: String?
    var images: String?
    var parameters: [String: [Float]] = [:]
  }

  /// Maps of 40 images: noise with ties and a channel that is always zero, two zero maps, and a constant map.
  private func maps(channels: Int, positions: Int, isNonNegative: Bool) -> [Float] {
    var normals = NormalNumbers(SplitMix64(seed: 11))
    return (0..<40).flatMap { image in
      (0..<channels * positions).map { place -> Float in
        if image < 2 { return 0 }
        if image == 2 { return 1.5 }
        let value = Float((normals.next() * 8).rounded() / 4) * Float(1 + image % 5)
        return isNonNegative ? max(value, 0) : value
      }
    }
  }

  /// Channels, height and width.
  struct Size {
    var channels = 6
    var height = 3
    var width = 4

    var values: Int { channels * height * width }

    func dims(_ layout: MapLayout) -> [Int] {
      switch layout {
      case .channelsFirst: [channels, height, width]
      case .channelsLast: [height, width, channels]
      case .tokens: [height * width, channels]
      }
    }
  }

  /// The results of nodes for random maps, with the reference's result.
  private func computed(
    _ score: String, layout: MapLayout, size: Size = Size(), isNonNegative: Bool,
    parameters: [String: [Float]] = [:], _ formula: (LastMap, inout Appendix) -> Tensor
  ) async throws -> (values: [Float], known: [Double]) {
    let dims = size.dims(layout)
    let values = maps(
      channels: size.channels, positions: size.height * size.width, isNonNegative: isNonNegative)
    let path = folder.path("maps.npy")
    try NumPyFile.write(values, shape: [40] + dims, to: URL(fileURLWithPath: path))
    let like = try Model(contentsOf: Fixtures.url("residual.dyn.onnx"))
    let rows = try Model.rows(of: size.values, from: "drawn", to: "rows", like: like)
    var appendix = Appendix(to: rows)
    let map = LastMap(
      tensor: Tensor(named: "rows").reshaped([-1] + dims), layout: layout, channels: size.channels)
    appendix.addOutput(formula(map, &appendix), as: "answer")
    let model = try Engine().compile(
      model: appendix.appended(to: rows), name: "maps", options: EngineOptions())
    let answer = try await model.infer(values, shape: [40, size.values], outputs: ["answer"]).floats("answer")
    let known = try PythonReference.run(
      "map_score_reference.py", Request(score: score, layout: layout, map: path, parameters: parameters),
      as: [Double].self)
    return (answer, known)
  }

  @Test(arguments: [MapLayout.channelsFirst, .channelsLast, .tokens], [true, false])
  func napOfMapsEqualsTheReference(_ layout: MapLayout, isNonNegative: Bool) async throws {
    let (values, known) = try await computed("nap", layout: layout, isNonNegative: isNonNegative) { map, _ in
      map.activationPrior
    }
    expectAgreement(values, known, "\(layout)")
    #expect(values[0] == 0)
  }

  /// Also with one channel and with one position. If sizes are dynamic, the graph counts positions.
  @Test(
    arguments: [MapLayout.channelsFirst, .channelsLast, .tokens],
    [
      Size(), Size(channels: 1), Size(height: 1, width: 1), Size(channels: 3, height: 9, width: 8),
    ])
  func localNormOfMapsEqualsTheReference(_ layout: MapLayout, _ size: Size) async throws {
    for isFree in [false, true] {
      let positions = layout == .tokens ? [size.height * size.width] : [size.height, size.width]
      let block = Block(
        index: 0, tensor: "map", layout: layout, channels: size.channels,
        positions: positions.map { isFree ? nil : $0 }, flopsShare: nil)
      let (values, known) = try await computed("atf", layout: layout, size: size, isNonNegative: isFree) {
        map, _ in LocalNorm(block).norm(of: map.tensor)
      }
      expectAgreement(values, known, "\(layout) of \(size)")
      #expect(values[0] == 0 && abs(values[2] - 1.5) < 1e-6)
    }
  }

  @Test(arguments: [MapLayout.channelsFirst, .channelsLast, .tokens], [true, false])
  func rankReductionOfMapsEqualsTheReference(_ layout: MapLayout, isNonNegative: Bool) async throws {
    let reduction = RankReduction(iterations: 20)
    let parameters = ["start": RankReduction.start(channels: 6), "iterations": [20]]
    let (values, known) = try await computed(
      "rank_reduced", layout: layout, isNonNegative: isNonNegative, parameters: parameters
    ) { reduction.append(of: $0, to: &$1) }
    expectAgreement(values, known, "\(layout)")
    // Nothing remains of a zero map, or of a constant map, which is its own largest component.
    #expect(values.prefix(18).allSatisfy { abs($0) < 1e-5 })
  }

  /// 24 images of noise, a black one and a white one.
  private func images(_ name: String) throws -> URL {
    var normals = NormalNumbers(SplitMix64(seed: 5))
    let noise = (0..<24 * 3072).map { Float(normals.next()) * Float(1 + $0 / 3072 % 3) }
    let values = noise + Array(repeating: 0, count: 3072) + Array(repeating: 1, count: 3072)
    let url = URL(fileURLWithPath: folder.path("\(name).npy"))
    try NumPyFile.write(values, shape: [26, 3, 32, 32], to: url)
    return url
  }

  /// A fixture network, with scores of images, and the reference's scores from the map that ONNX Runtime
  /// computes.
  private struct Network {
    let name: String
    let engine: Engine
    let classifier: Classifier
    let head: LinearHead?

    init(_ name: String, needsHead: Bool) async throws {
      self.name = name
      engine = try Engine()
      classifier = try Classifier(Model(contentsOf: Fixtures.url(name)), engine: engine)
      head = needsHead ? try await LinearHead(of: classifier, engine: engine) : nil
    }

    func run(_ images: URL, taps: Set<Tap>) async throws -> ProbeRun {
      try await ProbeRun(
        classifier, candidates: [], taps: taps, images: images, head: head, engine: engine)
    }

    /// - Parameter block: the block of the map; by default the pooled map.
    func reference(
      _ score: String, _ images: URL, of block: Block? = nil, parameters: [String: [Float]] = [:]
    ) throws -> [Double] {
      let map = try block ?? classifier.requirePooledMap().map
      return try PythonReference.run(
        "map_score_reference.py",
        Request(
          score: score, layout: map.layout, model: Fixtures.url(name).path, tensor: map.tensor,
          images: images.path, parameters: parameters))
    }
  }

  @Test(arguments: [
    "residual.ts.onnx", "residual.dyn.onnx", "preact.dyn.onnx", "mbconv.ts.onnx", "mbconv.dyn.onnx",
    "dense.ts.onnx", "nhwc.ts.onnx", "nhwc.dyn.onnx", "unfolded.ts.onnx", "functions.ts.onnx",
    "opset7.ts.onnx", "opset9.ts.onnx", "opset10.ts.onnx", "opset11.ts.onnx", "opset21.dyn.onnx",
  ])
  func napOfNetworksEqualsTheReference(_ name: String) async throws {
    let network = try await Network(name, needsHead: false)
    let images = try images(name)
    let score = NeuralActivationPrior()
    let run = try await network.run(images, taps: score.taps(ScoreParameters()))
    expectAgreement(
      try await run.scores([score.fitted(with: ScoreParameters())])[0], try network.reference("nap", images),
      name)
  }

  @Test(arguments: [
    "residual.ts.onnx", "residual.dyn.onnx", "preact.dyn.onnx", "dense.ts.onnx", "nhwc.ts.onnx",
    "functions.ts.onnx", "opset7.ts.onnx", "opset9.ts.onnx", "opset10.ts.onnx", "opset11.ts.onnx",
    "opset21.dyn.onnx",
  ])
  func rankFeatOfNetworksEqualsTheReference(_ name: String) async throws {
    let network = try await Network(name, needsHead: true)
    let head = try #require(network.head)
    let images = try images(name)
    for iterations in [1, 20] {
      let parameters = ScoreParameters(set: ["iterations": Double(iterations)])
      let data = try ScoreCase().data(ScoreCase().drawn(), statistics: [])(parameters)
      let fitted = RankFeat().fitted(to: data, head: head)
      let run = try await network.run(images, taps: RankFeat().taps(parameters))
      let known = try network.reference(
        "rankfeat", images,
        parameters: [
          "start": RankReduction.start(channels: head.features), "iterations": [Float(iterations)],
          "weights": head.weights, "bias": head.bias,
        ])
      expectAgreement(try await run.scores([fitted])[0], known, name)
    }
  }

  @Test(arguments: [
    "residual.ts.onnx", "residual.dyn.onnx", "preact.dyn.onnx", "dense.ts.onnx", "nhwc.ts.onnx",
    "functions.ts.onnx", "opset7.ts.onnx", "opset9.ts.onnx", "opset10.ts.onnx", "opset11.ts.onnx",
    "opset21.dyn.onnx",
  ])
  func coresOfNetworksEqualsTheReference(_ name: String) async throws {
    let network = try await Network(name, needsHead: true)
    let head = try #require(network.head)
    let images = try images(name)
    for (kernels, upper, lower) in [(0.1, 90, 10), (0.6, 40, 70), (0.001, 60, 0)] as [(Float, Float, Float)] {
      let parameters = ScoreParameters(
        set: ["kernels": Double(kernels), "upper": Double(upper), "lower": Double(lower)])
      let run = try await network.run(images, taps: CORES().taps(parameters))
      let data = run.fitData(block: ScoreCase().block, parameters: parameters)
      let fitted = try CORES().fitted(to: data)
      let known = try network.reference(
        "cores", images,
        parameters: [
          "kernels": [kernels], "upper": [upper], "lower": [lower], "weights": head.weights,
          "bias": head.bias,
        ])
      expectAgreement(try await run.scores([fitted])[0], known, name)
    }
  }

  /// At every block, also for the tokens of a transformer.
  @Test(arguments: [
    "residual.dyn.onnx", "nhwc.ts.onnx", "mbconv.ts.onnx", "opset7.ts.onnx", "opset21.dyn.onnx",
    "architectures/vit_tiny_timm.ts.onnx",
  ])
  func localNormOfNetworksEqualsTheReference(_ name: String) async throws {
    let network = try await Network(name, needsHead: false)
    let images = try images(URL(filePath: name).lastPathComponent)
    let blocks = network.classifier.blocks
    let run = try await network.run(images, taps: Set(blocks.flatMap(FuseNorm().taps(at:))))
    let fitted = blocks.map {
      FuseNorm().fitted(to: run.fitData(block: $0, parameters: ScoreParameters()))
    }
    for (block, values) in zip(blocks, try await run.scores(fitted)) {
      expectAgreement(values, try network.reference("atf", images, of: block), "\(name) \(block.tensor)")
    }
  }

  @Test(arguments: [
    "residual.ts.onnx", "preact.dyn.onnx", "dense.ts.onnx", "nhwc.ts.onnx", "functions.ts.onnx",
    "opset7.ts.onnx", "opset11.ts.onnx", "opset21.dyn.onnx",
  ])
  func classNormOfNetworksEqualsTheReference(_ name: String) async throws {
    let network = try await Network(name, needsHead: true)
    let head = try #require(network.head)
    let images = try images(name)
    let run = try await network.run(images, taps: ClassNorm().taps(ScoreParameters()))
    let data = run.fitData(block: ScoreCase().block, parameters: ScoreParameters())
    let known = try network.reference(
      "classnorm", images, parameters: ["weights": head.weights, "bias": head.bias])
    expectAgreement(try await run.scores([ClassNorm().fitted(to: data, head: head)])[0], known, name)
  }

  /// Maps with negative values, ties and zero maps, few and many classes, and equal weights.
  @Test(arguments: [2, 7], [true, false])
  func coresOfDrawnMapsEqualsTheReference(classes: Int, isNonNegative: Bool) async throws {
    var normals = NormalNumbers(SplitMix64(seed: 23))
    let weights = (0..<classes * 6).map { _ in Float(normals.next().rounded()) }
    let head = LinearHead(
      classes: classes, features: 6, weights: weights, bias: (0..<classes).map { Float($0) / 64 })
    let maps = maps(channels: 6, positions: 12, isNonNegative: isNonNegative)
    let channels = (0..<240).map { maps[$0 * 12..<($0 + 1) * 12] }
    let layout = TapLayout(
      [.logits, .channels(.maximum, .last), .channels(.minimum, .last)], widths: [classes, 6, 6])
    let rows = (0..<40).map { image -> [Float] in
      let own = channels[image * 6..<(image + 1) * 6]
      let means = own.map { $0.reduce(0, +) / 12 }
      return head.logits(of: means) + own.map { $0.max() ?? 0 } + own.map { $0.min() ?? 0 }
    }
    let block = ScoreCase().block
    let table = FeatureTable(
      rows.map { RowSample.Row(key: 0, contentHash: 0, values: $0, truth: nil) }, layout: layout,
      classes: classes,
      block: block)
    let data = FitData(
      classes: classes, head: head, block: block, sample: table, select: table,
      statistics: FitStatistics.Sums(), fitCount: 40, std: nil, smallestFeature: 0, seed: 0,
      parameters: ScoreParameters(set: ["kernels": 0.5, "upper": 50, "lower": 40]))
    let runner = try ScoreRunner(
      [CORES().fitted(to: data)], layout: layout, classes: classes,
      like: Model(contentsOf: Fixtures.url("residual.dyn.onnx")), engine: Engine(), options: RunOptions())
    let path = folder.path("drawn.npy")
    try NumPyFile.write(maps, shape: [40, 6, 3, 4], to: URL(fileURLWithPath: path))
    let known = try PythonReference.run(
      "map_score_reference.py",
      Request(
        score: "cores", layout: .channelsFirst, map: path,
        parameters: [
          "kernels": [0.5], "upper": [50], "lower": [40], "weights": weights, "bias": head.bias,
        ]),
      as: [Double].self)
    let values = try await runner.scores(rows.flatMap(\.self), count: 40)[0]
    expectAgreement(values, known, "\(classes) classes")
  }

  /// Because of layers between pooling and head, channels are not features.
  @Test func furtherLayersBehindThePoolingAreRefused() throws {
    let classifier = try Classifier(Model(contentsOf: Fixtures.url("mbconv.ts.onnx")), engine: Engine())
    let error = #expect(throws: OddityError.self) {
      try ScorePlan([ScoreName(parsing: "rankfeat")], classifier: classifier)
    }
    #expect(error?.code == .usage && error?.message.contains("further layers") == true)
    #expect(throws: OddityError.self) { try ScorePlan([.classnorm], classifier: classifier) }
  }
}

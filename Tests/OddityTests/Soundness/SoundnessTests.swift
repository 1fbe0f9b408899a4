import Foundation
import Imaging
import ONNXGraph
import ONNXProto
import Engines
import Testing
import TestSupport

@testable import OddityClassifier
@testable import OddityFiles
@testable import OddityFit
@testable import OddityModel
@testable import OddityScores
@testable import OddityStatistics

/// Networks that the engine computes incorrectly, or that are not a function of one image, are refused by
/// name. The others are correct.
struct SoundnessTests {
  /// The networks that `soundness_models.py` writes, and ONNX Runtime's results for some.
  struct Networks {
    let folder: TemporaryFolder
    let energies: [String: [Float]]

    init() throws {
      folder = try TemporaryFolder()
      let answer = try PythonReference.run("soundness_models.py", arguments: [folder.url.path])
      energies = try JSONDecoder().decode([String: [Float]].self, from: answer)
    }

    func url(_ name: String) -> URL { folder.url.appending(path: "\(name).onnx") }

    func fit(_ name: String, _ options: FitOptions = .paper) async throws -> Fit {
      var options = options
      options.scores = [.energy]
      options.alpha = try Alpha(parsing: "0.2")
      return try await Fit(
        model: url(name).path, inDistribution: [folder.url.appending(path: "images.npy").path],
        options: options)
    }
  }

  private static let networks = Result { try Networks() }

  /// The first versions of ONNX Runtime that compute some networks. With older versions, Oddity or the engine
  /// refuses them.
  private static let versions: [String: [Int]] = [
    "mean-over-padding": [1, 29], "wide-mean-rounded-up": [1, 29], "maximum-rounded-up": [1, 29],
    "bytes-subtracted": [1, 21], "no-axes": [1, 21],
  ]

  private static func isTooOld(_ engine: Engine, for network: String) -> Bool {
    guard engine.name == .onnxruntime, let first = versions[network] else { return false }
    let version = engine.version.split(separator: ".").compactMap { Int($0) }
    return version.lexicographicallyPrecedes(first)
  }

  /// Within a share of the energies' spread, because rounding to 8 bits changes if sums differ in their last
  /// digit.
  @Test(arguments: [
    ("float", 1e-5), ("int8", 0.1), ("uint8", 0.1), ("uint8-int16-weights", 0.1), ("int8-concatenated", 0.1),
    ("int8-scales-computed", 0.1), ("uint16", 1e-3), ("int16", 1e-3), ("int8-weights-alone", 1e-4),
    ("int16-weights-alone", 1e-5), ("dynamic", 1e-4), ("instance-normalised", 1e-4),
    ("batch-normalised", 1e-5),
    ("equal-names", 1e-5),
    ("dropout", 1e-5), ("sparse", 1e-5), ("function-in-a-branch", 1e-5), ("branch-by-image", 1e-5),
    ("mean-over-padding", 1e-5), ("wide-mean", 1e-5), ("wide-mean-rounded-up", 1e-5), ("wide-maximum", 1e-5),
    ("wide-p-norm", 1e-5), ("sum-of-sizes", 1e-5), ("log-of-sum", 1e-4), ("log-of-exponentials", 1e-4),
    ("small-vectors", 1e-4), ("small-vectors-by-sums", 1e-4),
    ("softmax-opset-11", 1e-5), ("channels-reordered", 1e-5), ("local-response", 1e-5),
    ("slopes-of-columns", 1e-5), ("half-local-response", 5e-3), ("half-slopes-of-columns", 5e-3),
  ])
  func whatTheEngineComputesRightIsScored(_ name: String, tolerance: Float) async throws {
    let networks = try Self.networks.get()
    guard try !Self.isTooOld(Engine(), for: name) else {
      await #expect(throws: OddityError.self) { try await networks.fit(name) }
      return
    }
    let guarded = try await networks.fit(name).guarded
    let decidesForBatch = ["dynamic", "branch-by-image"].contains(name)
    #expect(guarded.model.graph.inputs[0].shape?.first == (decidesForBatch ? .some(1) : .some(nil)))
    let expected = try #require(networks.energies[name])
    let spread = try #require(expected.max()) - #require(expected.min())
    for batch in [1, 7] {
      var options = RunOptions()
      options.batchSize = batch
      let detector = try Detector(guarded, engine: Engine(), options: options)
      var scores: [Float] = []
      let images = try ImageSources.open(networks.folder.url.appending(path: "images.npy").path)
      try await detector.score(images) { try scores.append($0.result.get().score) }
      #expect(scores.count == expected.count)
      let worst = zip(scores, expected).map { abs($0 - $1) }.max() ?? .infinity
      // If ONNX Runtime adds in another order than the reference, rounding sometimes differs.
      let isRounded = !TestedEngine.isOpenVINO && name.contains("int")
      let tolerance = isRounded ? max(tolerance, 0.01) : tolerance
      #expect(worst <= tolerance * spread, "off by \(worst / spread) of the spread in batches of \(batch)")
    }
  }

  /// The output says that the guarded model takes one image, and why there are no scores of features.
  @Test func whatDynamicQuantisationCostsIsSaid() async throws {
    let networks = try Self.networks.get()
    let fit = try await networks.fit("dynamic")
    #expect(
      fit.report.warnings.contains { $0.code == .batchOfOne && $0.text.contains("one image at a time") })
    #expect(try await !networks.fit("float").report.warnings.contains { $0.code == .batchOfOne })
    let classifier = try Classifier(Model(contentsOf: networks.url("dynamic")), engine: Engine())
    #expect(classifier.head.features == "Flatten5" && classifier.featureCount == nil)
    #expect(OddityError.noLinearHead(classifier).message.contains("features 'Flatten5' were found"))
  }

  /// They are refused before anything runs, so `blocks` refuses them too.
  @Test(arguments: [
    (
      "training",
      "BatchNormalization '/BatchNormalization4' is in training mode; export the network with model.eval()"
    ),
    ("training-opset-13", "is in training mode; export the network with model.eval()"),
    ("random", "RandomNormalLike '/RandomNormalLike4' draws random numbers"),
    ("dynamic-batch-4", "takes its scale from all images of a batch"),
    ("branch-by-batch", "decides once for all images of a batch"),
    ("training-dropout", "Dropout '/Dropout5' is in training mode; export the network with model.eval()"),
  ])
  func aNodeThatCannotBeTrustedIsNamed(_ name: String, complaint: String) throws {
    let model = try Model(contentsOf: Self.networks.get().url(name))
    #expect {
      try Classifier(model, engine: Engine())
    } throws: {
      ($0 as? OddityError)?.code == .badModel && "\($0)".contains(complaint)
    }
  }

  /// Networks that OpenVINO computes incorrectly, or cannot compute.
  @Test(arguments: [
    (
      "uint16-activations-clipped", "QuantizeLinear '/QuantizeLinear4' has activations of type uint16"
    ),
    ("int4-weights", "has values of type int4"),
    ("uint4-weights-alone", "has values of type uint4"),
    ("float8-weights-alone", "DequantizeLinear '/DequantizeLinear6' has values of type float8e4m3fn"),
    ("maximum-rounded-up", "MaxPool '/MaxPool4' has ceil_mode=1"),
    ("p-norm-rounded-up", "LpPool '/LpPool4' has ceil_mode=1"),
    ("transposed-same", "ConvTranspose '/ConvTranspose4' has auto_pad=SAME_UPPER"),
    ("transposed-to-a-shape", "ConvTranspose '/ConvTranspose4' has output_shape, which"),
    ("antialiased", "Resize '/Resize4' has antialias=1"),
    ("cubic-inside", "Resize '/Resize4' has exclude_outside=1"),
    ("bytes-subtracted", "Sub '/Sub5' computes in uint8"),
    ("no-axes", "ReduceL1 '/ReduceL14' reduces no axis"),
    ("wide-mean-over-padding", "has a kernel of 9×9 for a map of 8×8, and count_include_pad=1"),
    ("wide-for-nothing", "has a kernel of 9×9 for a map of 8×8, so nothing is left of the map"),
    ("normalised-over-batch", "the probable cause is LayerNormalization '/LayerNormalization4'"),
    ("strange", "does not have the operator of ReorderInput '/ReorderInput4'"),
  ])
  func aNodeThatOpenVINOCannotBeTrustedWithIsNamed(_ name: String, complaint: String) throws {
    let model = try Model(contentsOf: Self.networks.get().url(name))
    #expect {
      try Classifier(model, engine: Engine(EngineChoice(.openvino)))
    } throws: {
      ($0 as? OddityError)?.code == .badModel && "\($0)".contains(complaint)
    }
  }

  /// ONNX Runtime computes such networks correctly, and the error says so.
  @Test(arguments: [
    "int4-weights",
    "uint4-weights-alone",
    "float8-weights-alone",
    "maximum-rounded-up",
    "p-norm-rounded-up",
    "transposed-same",
    "transposed-to-a-shape",
    "antialiased",
    "cubic-inside",
    "bytes-subtracted",
    "no-axes",
  ])
  func whatOpenVINOComputesWronglyONNXRuntimeComputesRight(_ name: String) async throws {
    let networks = try Self.networks.get()
    let model = try Model(contentsOf: networks.url(name))
    let engine = try Engine(EngineChoice(.onnxruntime))
    let images = try ImageSources.open(networks.folder.url.appending(path: "images.npy").path)
    var options = FitOptions.paper
    options.scores = [.energy]
    options.alpha = try Alpha(parsing: "0.2")
    guard !Self.isTooOld(engine, for: name) else {
      await #expect(throws: (any Error).self) {
        try await Fit(
          model: networks.url(name), inDistribution: [images], options: options, engine: engine)
      }
      return
    }
    // Older versions are not refused because of every pool that is rounded up.
    if !Self.isTooOld(engine, for: "maximum-rounded-up") {
      #expect {
        try Classifier(model, engine: Engine(EngineChoice(.openvino)))
      } throws: {
        "\($0)".contains("`engine: onnxruntime`, which computes it correctly")
      }
    }
    let guarded = try await Fit(
      model: networks.url(name), inDistribution: [images], options: options, engine: engine
    ).guarded
    var scores: [Float] = []
    try await Detector(guarded, engine: engine).score(images) { try scores.append($0.result.get().score) }
    let expected = try #require(networks.energies[name])
    let spread = try #require(expected.max()) - #require(expected.min())
    let worst = zip(scores, expected).map { abs($0 - $1) }.max() ?? .infinity
    // Its activations have 8 bits, so a step is large.
    let tolerance: Float = name == "int4-weights" ? 0.1 : 0.01
    #expect(
      scores.count == expected.count && worst <= tolerance * spread, "off by \(worst / spread) of the spread")
  }

  @Test(arguments: [
    ("mean-of-batch", "probable cause is ReduceMean '/ReduceMean4'"),
    ("mean-of-batch-4", "probable cause is ReduceMean '/ReduceMean4'"),
    ("mean-of-batch-2", "probable cause is ReduceMean '/ReduceMean4'"),
    ("mean-of-batch-axes-constant", "probable cause is ReduceMean '/ReduceMean4'"),
    ("softmax-over-batch", "probable cause is Softmax '/Softmax4'"),
    ("sum-along-batch", "probable cause is CumSum '/CumSum4'"),
    // ONNX Runtime gives NaN for a single image.
    (
      "standardised-batch",
      TestedEngine.isOpenVINO ? "probable cause is MeanVarianceNormalization" : "are not finite numbers"
    ),
    ("batch-in-a-shape", "declares that it takes several images at once, but fails on a batch"),
    ("not-a-number", "the logits 'logits' of seeded images are not finite numbers"),
    ("other-classes-stated", "declares 1000 values per image for 'logits', but computes 5"),
    (
      "reshaped-to-another-size",
      TestedEngine.isOpenVINO ? "fails even on a single image" : "fails even on zeros"
    ),
    // A Relu of OpenVINO's hides NaN from the logits.
    ("hidden-root", TestedEngine.isOpenVINO ? "holds NaN, which the Relu" : "are not finite numbers"),
    ("hidden-overflow", TestedEngine.isOpenVINO ? "holds NaN, which the Relu" : "are not finite numbers"),
  ])
  func anImageThatDependsOnItsNeighboursIsRefused(_ name: String, complaint: String) async throws {
    for batch in name == "batch-in-a-shape" ? [nil] : [nil, 1] {
      var options = FitOptions.paper
      options.run.batchSize = batch
      await #expect {
        try await Self.networks.get().fit(name, options)
      } throws: {
        Self.isBadModel($0) && "\($0)".contains(complaint)
      }
    }
  }

  /// ONNX Runtime learns shapes by computing, so that the engine's own error can say it.
  private static func isBadModel(_ error: any Error) -> Bool {
    (error as? OddityError)?.code == .badModel || (error as? EngineError)?.code == .shapeMismatch
  }

  /// Its nodes would be read as what they are in the model's operator set.
  @Test func aFunctionForAnotherOperatorSetIsRefused() throws {
    #expect {
      try Model(contentsOf: Self.networks.get().url("function-of-another-set"))
    } throws: {
      "\($0)".contains("'Twice' is written for operator set 17, in which ReduceMean")
    }
  }

  /// The guarded file keeps the nodes that are replaced for the engine. Only kernels are narrowed there.
  @Test func theGuardedFileKeepsTheNodes() async throws {
    let networks = try Self.networks.get()
    for (name, op) in [
      ("dropout", "Dropout"), ("mean-over-padding", "AveragePool"), ("sum-of-sizes", "ReduceL1"),
    ] where try !Self.isTooOld(Engine(), for: name) {
      let plain = try Model(contentsOf: networks.url(name))
      let guarded = try await networks.fit(name).guarded.model
      #expect(guarded.bytes.prefix(plain.bytes.count) == plain.bytes, "\(name)")
      #expect(guarded.graph.nodes.contains { $0.op == op })
    }
    let names = try await networks.fit("equal-names").guarded.model.graph.nodes.map(\.name)
    #expect(Set(names).count == names.count)
    let pools = try await networks.fit("wide-maximum").guarded.model.graph.nodes.filter { $0.op == "MaxPool" }
    #expect(pools.map { $0.ints("kernel_shape") } == [[5, 10]])
  }

  /// Earlier versions could fit such networks.
  @Test func aGuardedModelOfSuchANetworkIsRefused() async throws {
    let networks = try Self.networks.get()
    let guarded = try await networks.fit("batch-normalised").guarded
    var proto = try Onnx_ModelProto(serializedBytes: guarded.model.bytes)
    let place = try #require(proto.graph.node.firstIndex { $0.opType == "BatchNormalization" })
    var training = Onnx_AttributeProto()
    (training.name, training.type, training.i) = ("training_mode", .int, 1)
    proto.graph.node[place].attribute.append(training)
    let url = networks.folder.url.appending(path: "guarded.onnx")
    try proto.serializedData().write(to: url)
    #expect {
      try Detector(contentsOf: url, engine: Engine())
    } throws: {
      "\($0)".contains("BatchNormalization '/BatchNormalization4' is in training mode")
    }
    await #expect {
      try await GuardedModel(contentsOf: url).scores(
        of: [Float](repeating: 0, count: 3 * 32 * 32), count: 1, engine: Engine(), options: RunOptions())
    } throws: {
      "\($0)".contains("is in training mode")
    }
  }

  /// Such a network does not exist for every processor, so the test invents two results.
  @Test func valuesThatDifferBetweenNumbersOfThreadsAreRefused() throws {
    let classifier = try Classifier(Model(contentsOf: Self.networks.get().url("float")), engine: Engine())
    let output = CheckedOutput(name: "logits", title: "the logits 'logits'", width: 2, isLogits: true)
    func rows(_ values: [Float]) -> SoundnessRows { SoundnessRows(pictures: [0], columns: [values]) }
    let judge = SoundnessJudge(
      outputs: [output], reference: rows([0, 10]), tolerance: 1e-4, classifier: classifier)
    try judge.compare([(rows([0, 10]), 0, rows([0, 10.0009]), 0)], as: .threads)
    #expect {
      try judge.compare([(rows([0, 10]), 0, rows([0, 13]), 0)], as: .threads)
    } throws: {
      "\($0)".contains("differ by 30 % of their spread between one thread and several")
    }
    #expect {
      try judge.compare([(rows([0, 10]), 0, rows([0, 13]), 0)], as: .engines("A (1.state)", "B (2.state)"))
    } throws: {
      "\($0)".contains(
        "30 % of their spread between A (1.state) and B (2.state); make all parts with one engine")
    }
    #expect(throws: OddityError.self) {
      try judge.compare([(rows([0, 10]), 0, rows([0, .nan]), 0)], as: .threads)
    }
  }
}

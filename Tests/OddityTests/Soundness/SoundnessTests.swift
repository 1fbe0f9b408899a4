import Foundation
import Imaging
import ONNXGraph
import ONNXProto
import OpenVINORuntime
import TestSupport
import Testing

@testable import Oddity

/// What the engine computes wrongly, and what is no function of one image, is refused by name; the rest is right.
struct SoundnessTests {
  /// The networks that `soundness_models.py` writes, and what ONNX Runtime makes of some.
  struct Networks {
    let folder: TemporaryFolder
    let energies: [String: [Float]]

    init() throws {
      folder = try TemporaryFolder()
      let answer = try PythonReference.run("soundness_models.py", arguments: [folder.url.path])
      energies = try JSONDecoder().decode([String: [Float]].self, from: answer)
    }

    func url(_ name: String) -> URL { folder.url.appending(path: "\(name).onnx") }

    func fit(_ name: String, _ options: FitOptions = FitOptions()) async throws -> Fit {
      var options = options
      options.scores = [.energy]
      options.alpha = try Alpha(parsing: "0.2")
      return try await Fit(
        model: url(name).path, inDistribution: [folder.url.appending(path: "images.npy").path],
        options: options)
    }
  }

  private static let networks = Result { try Networks() }

  /// Within a share of the energies' spread: rounding to 8 bits goes another way where sums differ in their last digit.
  @Test(arguments: [
    ("float", 1e-5), ("int8", 0.1), ("uint8", 0.1), ("uint8-int16-weights", 0.1), ("int8-concatenated", 0.1),
    ("uint16", 1e-3), ("int16", 1e-3),
    ("int8-weights-alone", 1e-4),
    ("int16-weights-alone", 1e-5), ("dynamic", 1e-4), ("instance-normalised", 1e-4),
    ("batch-normalised", 1e-5),
  ])
  func whatTheEngineComputesRightIsScored(_ name: String, tolerance: Float) async throws {
    let networks = try Self.networks.get()
    let guarded = try await networks.fit(name).guarded
    #expect(guarded.model.graph.inputs[0].shape?.first == (name == "dynamic" ? .some(1) : .some(nil)))
    let expected = try #require(networks.energies[name])
    let spread = try #require(expected.max()) - #require(expected.min())
    for batch in [1, 7] {
      var options = RunOptions()
      options.batchSize = batch
      let detector = try Detector(guarded, engine: Engine(), options: options)
      var scores: [Float] = []
      let images = try ImageSources.open(networks.folder.url.appending(path: "images.npy").path)
      try await detector.score(images) { try scores.append($0.result.get().scores[0]) }
      #expect(scores.count == expected.count)
      let worst = zip(scores, expected).map { abs($0 - $1) }.max() ?? .infinity
      #expect(worst <= tolerance * spread, "off by \(worst / spread) of the spread in batches of \(batch)")
    }
  }

  /// Before anything is run: so `blocks` refuses them too.
  @Test(arguments: [
    (
      "uint16-activations-clipped", "QuantizeLinear '/QuantizeLinear4' has activations of type uint16"
    ),
    ("int4-weights", "has values of type int4"),
    ("uint4-weights-alone", "has values of type uint4"),
    ("float8-weights-alone", "DequantizeLinear '/DequantizeLinear6' has values of type float8e4m3fn"),
    (
      "training",
      "BatchNormalization '/BatchNormalization4' is in training mode; export the network with model.eval()"
    ),
    ("training-opset-13", "is in training mode; export the network with model.eval()"),
    ("random", "RandomNormalLike '/RandomNormalLike4' draws random numbers"),
    ("dynamic-batch-4", "takes its scale from all images of a batch"),
  ])
  func aNodeThatCannotBeTrustedIsNamed(_ name: String, complaint: String) throws {
    let model = try Model(contentsOf: Self.networks.get().url(name))
    #expect {
      try Classifier(model, engine: Engine())
    } throws: {
      ($0 as? OddityError)?.code == .badModel && "\($0)".contains(complaint)
    }
  }

  @Test(arguments: [
    ("mean-of-batch", "probable cause is ReduceMean '/ReduceMean4'"),
    ("mean-of-batch-4", "probable cause is ReduceMean '/ReduceMean4'"),
    ("mean-of-batch-2", "one with other images"),
    ("mean-of-batch-axes-constant", "export the network with model.eval()"),
    ("softmax-over-batch", "probable cause is Softmax '/Softmax4'"),
    ("sum-along-batch", "one with other images"),
    ("standardised-batch", "probable cause is MeanVarianceNormalization"),
    ("not-a-number", "the logits 'logits' of seeded images are not finite numbers"),
  ])
  func anImageThatDependsOnItsNeighboursIsRefused(_ name: String, complaint: String) async throws {
    for batch in [nil, 1] {
      var options = FitOptions()
      options.run.batchSize = batch
      await #expect {
        try await Self.networks.get().fit(name, options)
      } throws: {
        ($0 as? OddityError)?.code == .badModel && "\($0)".contains(complaint)
      }
    }
  }

  /// Earlier versions fitted such networks.
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
        of: VerificationInputs(channels: 3, seed: 0), engine: Engine(), options: RunOptions())
    } throws: {
      "\($0)".contains("is in training mode")
    }
  }

  /// Such a network is not to be had for every processor, so two answers are made up.
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
    #expect(throws: OddityError.self) {
      try judge.compare([(rows([0, 10]), 0, rows([0, .nan]), 0)], as: .threads)
    }
  }
}

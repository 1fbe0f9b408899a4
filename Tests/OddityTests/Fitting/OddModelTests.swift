import Foundation
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

/// Valid but unusual ONNX classifiers. Each can be fitted, or is refused early with a reason.
struct OddModelTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A mean over the batch gives one row of logits for any number of images.
  @Test func aNetworkThatMixesTheImagesOfABatchIsRefused() async throws {
    let model = try residual { $0.reduceLogits(axis: 0) }
    await #expect {
      try await fit(model, scores: [.energy])
    } throws: {
      ($0 as? OddityError)?.code == .badModel && "\($0)".contains("3 images gave 10 values")
        && "\($0)".contains("`batchSize: 1`")
    }
    var options = FitOptions.paper
    options.run.batchSize = 1
    #expect(try await fit(model, scores: [.energy], options).report.calibrationImages >= 19)
  }

  /// A softmax over one class is always 1. Scores that do not use logits still work.
  @Test func aSingleLogitAsksForAHead() async throws {
    let model = try residual { $0.reduceLogits(axis: 1) }
    await #expect {
      try await fit(model, scores: [.featurenorm, .msp, .energy])
    } throws: {
      ($0 as? OddityError)?.code == .usage && "\($0)".contains("msp, energy mean nothing on the single logit")
        && "\($0)".contains("pass `head: sigmoid`")
    }
    let fitted = try await fit(model, scores: [.featurenorm])
    #expect(fitted.guarded.metadata.classes == 1 && fitted.guarded.metadata.head == .softmax)
    #expect(fitted.report.warning?.contains("pass `head: sigmoid`") == true)
  }

  @Test(arguments: [[], [ScoreName.energy, .energy]])
  func noScoreOrOneTwiceIsRefused(_ scores: [ScoreName]) async throws {
    await #expect {
      try await fit(Fixtures.url("residual.ts.onnx"), scores: scores)
    } throws: {
      ($0 as? OddityError)?.code == .usage
    }
  }

  @Test(arguments: ["ood_score", "ood_score.energy", "ood_is_outlier"])
  func namesThatAGuardedModelAddsMustBeFree(_ name: String) async throws {
    let model = try residual { $0.rename("logits", to: name) }
    await #expect {
      try await fit(model, scores: [.featurenorm, .energy])
    } throws: {
      ($0 as? OddityError)?.code == .badModel && "\($0)".contains("'\(name)'")
    }
  }

  /// PyTorch's older exports use numbers as names of tensors.
  @Test func aNumberThatIsNoIndexIsATensorsName() throws {
    let tensor = try Classifier(Model(contentsOf: Fixtures.url("residual.ts.onnx")), engine: Engine()).blocks[
      0
    ]
    .tensor
    let file = try residual { $0.rename(tensor, to: "900") }
    let classifier = try Classifier(Model(contentsOf: file), engine: Engine())
    #expect(try classifier.block("900") == classifier.blocks[0])
    #expect(try classifier.block("1") == classifier.blocks[1])
    #expect { try classifier.block("901") } throws: { "\($0)".contains("blocks 0 to") }
  }

  @Test func aBatchOfNoImagesCountsAsOne() async throws {
    var options = FitOptions.paper
    options.run.batchSize = 0
    let report = try await fit(Fixtures.url("residual.ts.onnx"), scores: [.featurenorm], options).report
    #expect(report.images == 120)
  }

  private func fit(
    _ model: URL, scores: [ScoreName], _ options: FitOptions = .paper
  ) async throws -> Fit {
    var options = options
    options.scores = scores
    let images = try SyntheticImages(count: 120, in: folder)
    return try await Fit(model: model, inDistribution: [images.source], options: options, engine: Engine())
  }

  /// The residual fixture, changed.
  private func residual(_ change: (inout Onnx_GraphProto) -> Void) throws -> URL {
    var proto = try Onnx_ModelProto(serializedBytes: Data(contentsOf: Fixtures.url("residual.ts.onnx")))
    change(&proto.graph)
    let url = folder.url.appending(path: "changed.onnx")
    try proto.serializedData().write(to: url)
    return url
  }
}

extension Onnx_GraphProto {
  /// Makes the mean of the logits over one axis, kept with length 1, the network's output.
  fileprivate mutating func reduceLogits(axis: Int64) {
    var axes = Onnx_AttributeProto()
    (axes.name, axes.type, axes.ints) = ("axes", .ints, [axis])
    var mean = Onnx_NodeProto()
    (mean.opType, mean.input, mean.output, mean.attribute) = ("ReduceMean", ["logits"], ["mean"], [axes])
    node.append(mean)
    output[0].name = "mean"
    output[0].type.tensorType.clearShape()
  }

  /// Renames a tensor in all outputs and inputs.
  fileprivate mutating func rename(_ old: String, to new: String) {
    for index in node.indices {
      node[index].input = node[index].input.map { $0 == old ? new : $0 }
      node[index].output = node[index].output.map { $0 == old ? new : $0 }
    }
    for index in output.indices where output[index].name == old { output[index].name = new }
  }
}

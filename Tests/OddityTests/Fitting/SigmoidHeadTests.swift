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
@testable import OddityStatistics

/// Classifiers with a sigmoid for each logit: multi-label classifiers, and those with a single logit.
struct SigmoidHeadTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private struct Answer: Decodable {
    let outputs: [[Double]]
    let scores: [[Double]?]
    let classes: [Int]
    let confidences: [Double]
  }

  private struct Request: Encodable {
    let model: String
    let images: String
    let logits = "logits"
    let scores: [String]
  }

  /// Compares the scores of both engines with float64. The class is that of the largest logit, and the
  /// confidence is the network's own Sigmoid of it.
  @Test(arguments: [
    (10, ["energy", "maxlogit", "msp", "entropy", "featurenorm"]),
    (1, ["msp", "entropy", "gen", "knn"]),
  ])
  func theGuardedModelSaysWhatTheSigmoidsSay(_ classes: Int, _ scores: [String]) async throws {
    let model = try network(classes) { $0.append(op: "Sigmoid", "logits", "probabilities") }
    let fit = try await self.fit(model, scores)
    #expect(fit.guarded.metadata.head == .sigmoid && fit.guarded.metadata.classes == classes)
    let warns =
      fit.report.warning?.contains("none of the labels looks strange to energy, maxlogit, msp:") == true
    #expect(warns == (classes > 1))
    let guarded = folder.url.appending(path: "guarded.onnx")
    try fit.guarded.write(to: guarded.path)
    let images = try SyntheticImages(count: 40, seed: 11, in: folder)
    let known: Answer = try PythonReference.run(
      "sigmoid_reference.py", Request(model: guarded.path, images: images.url.path, scores: scores))
    var scored: [ScoredImage] = []
    try await Detector(GuardedModel(contentsOf: guarded), engine: Engine()).score(images.source) {
      scored.append(try $0.result.get())
    }
    for (column, name) in scores.enumerated() {
      expectAgreement(scored.map { $0.scores.values[column] }, known.outputs[column], name)
      if let expected = known.scores[column] {
        expectAgreement(scored.map { $0.scores.values[column] }, expected, "\(name) in float64")
      }
    }
    #expect(known.scores.compactMap(\.self).count >= 3)
    #expect(scored.map(\.classIndex) == known.classes)
    #expect(zip(scored, known.confidences).allSatisfy { abs($0.confidence - $1) <= 1e-5 })
  }

  /// If a Sigmoid follows the logits, each logit has one. The flag has priority.
  @Test func theGraphTellsTheHead() throws {
    let softmax = try network { $0.append(op: "Softmax", "logits", "out") }
    let labels = try network { $0.append(op: "Sigmoid", "logits", "out") }
    let beside = try network {
      $0.append(op: "Sigmoid", "logits", "beside", as: .further)
    }
    let inDouble = try network {
      $0.append(op: "Cast", "logits", "double", as: .inner, to: 11)
      $0.append(op: "Sigmoid", "double", "out", type: 11)
    }
    // SiLU is not a head, because its sigmoid weights the values themselves.
    let weighted = try network {
      $0.append(op: "Sigmoid", "logits", "share", as: .inner)
      $0.append(op: "Mul", "logits", "out", further: "share")
    }
    let kinds = try [softmax, labels, beside, inDouble, weighted].map {
      try Classifier(Model(contentsOf: $0), engine: Engine()).headKind
    }
    #expect(kinds == [.softmax, .sigmoid, .sigmoid, .sigmoid, .softmax])
    let plain = try network { _ in }
    var options = FitOptions.paper
    options.head = .sigmoid
    let setup = try FitSetup(Model(contentsOf: plain), engine: Engine(), options: options)
    #expect(setup.head == .sigmoid && setup.form == .multiLabel)
    options.head = .softmax
    #expect(try FitSetup(Model(contentsOf: labels), engine: Engine(), options: options).form == .softmax)
  }

  /// Scores of one predicted class, of a softmax or of its temperature; for a single logit, also scores that
  /// are monotonic in it.
  @Test(arguments: [
    (
      10,
      "tempscale,gen,klm,odin,gradnorm,openmax,himplos,she,nci,caref,cadref,mahalanobis,rmds,mahalanobis++,rmds++,cores,"
        + "classnorm,nac,ctm,gram,masked-cam"
    ),
    (
      1,
      "rankfeat,cores,maxlogit,energy,tempscale,klm,odin,gradnorm,openmax,react,dice,ash-p,ash-b,ash-s,scale,vra,himplos,she,"
        + "nci,nnguide,caref,cadref,mahalanobis,rmds,mahalanobis++,rmds++,vim,classnorm,nac,ctm,lts,pca-fused,actsub,gram,"
        + "masked-cam,adascale-a,adascale-l"
    ),
  ])
  func scoresThatMeanNothingAreRefusedByName(_ classes: Int, _ names: String) throws {
    let model = try network(classes) { $0.append(op: "Sigmoid", "logits", "out") }
    let classifier = try Classifier(Model(contentsOf: model), engine: Engine())
    let refused = names.split(separator: ",").map(String.init)
    let kept = Scores.all.map(\.name).filter { !refused.contains($0) }
    for name in refused + refused.compactMap({ ScoreName(.plain($0)).composed?.description }) {
      let error = #expect(throws: OddityError.self) {
        try ScorePlan([.featurenorm, ScoreName(parsing: name)], classifier: classifier)
      }
      #expect(error?.code == .usage && error?.message.hasPrefix("\(name) means nothing on the ") == true)
      #expect(error?.message.contains("or choose among \(kept.joined(separator: ", "))") == true)
    }
    #expect(throws: OddityError.self) {
      try ScorePlan([ScoreName(parsing: "ensemble(\(refused[0])/msp)")], classifier: classifier)
    }
    let candidates = try ScorePlan([.auto], classifier: classifier).candidates
    #expect(candidates.contains(.msp) && !candidates.isEmpty)
    #expect(candidates.allSatisfy { !refused.contains($0.method?.description.name ?? "") })
  }

  @Test(arguments: [10, 1])
  func calibrationByClassIsRefused(_ classes: Int) async throws {
    let model = try network(classes) { $0.append(op: "Sigmoid", "logits", "out") }
    var options = FitOptions.paper
    options.calibrationScope = .byClass
    await #expect {
      try await fit(model, ["featurenorm"], options)
    } throws: {
      ($0 as? OddityError)?.code == .usage && "\($0)".contains("`calibrationScope: class`: ")
    }
    let guarded = try await fit(model, ["featurenorm"]).guarded
    await #expect {
      var options = RecalibrationOptions()
      options.calibrationScope = .byClass
      _ = try await Recalibration(guarded, options: options, engine: Engine())
    } throws: {
      ($0 as? OddityError)?.code == .usage && "\($0)".contains("`calibrationScope: class`: ")
    }
  }

  /// A user may name the probabilities instead of the logits.
  @Test func probabilitiesForLogitsAreSaid() async throws {
    let model = try network { $0.append(op: "HardSigmoid", "logits", "shares") }
    var options = FitOptions.paper
    options.logits = "shares"
    let warning = try await fit(model, ["featurenorm"], options).report.warning
    #expect(warning?.contains("the logits 'shares' are between 0 and 1 on every image") == true)
    #expect(FitWarning.probabilities(-0.1...1, named: "l") == nil)
    #expect(FitWarning.probabilities(0...1.5, named: "l") == nil)
    #expect(FitWarning.probabilities(nil, named: "l") == nil)
  }

  @Test func confidencesAreWhatTheHeadSays() {
    let logits: [Float] = [-3, 0.5, 2, -0.25]
    #expect(abs(Prediction(logits: logits).confidence(by: .sigmoid) - 0.880797077977882) < 1e-12)
    #expect(abs(Prediction(logits: logits).confidence(by: .softmax) - 0.748915) < 1e-5)
    #expect(abs(Prediction(logits: [-800]).confidence(by: .sigmoid)) < 1e-300)
    #expect(Prediction(logits: [1, .nan, 0]).confidence(by: .sigmoid).isNaN)
  }

  private func fit(
    _ model: URL, _ scores: [String], _ options: FitOptions = .paper
  ) async throws -> Fit {
    var options = options
    options.scores = try scores.map { try ScoreName(parsing: $0) }
    let images = try SyntheticImages(count: 120, in: folder)
    return try await Fit(model: model, inDistribution: [images.source], options: options, engine: Engine())
  }

  /// The residual fixture with this many of its ten logits, and appended nodes.
  private func network(_ classes: Int = 10, _ change: (inout Onnx_GraphProto) -> Void) throws -> URL {
    var proto = try Onnx_ModelProto(serializedBytes: Data(contentsOf: Fixtures.url("residual.ts.onnx")))
    proto.graph.keepLogits(classes)
    change(&proto.graph)
    let url = folder.url.appending(path: "network-\(UUID().uuidString).onnx")
    try proto.serializedData().write(to: url)
    return url
  }
}

/// The use of an appended node's tensor.
private enum Place {
  case output
  case further
  case inner
}

extension Onnx_GraphProto {
  /// Keeps only the first rows of the last layer.
  fileprivate mutating func keepLogits(_ count: Int) {
    guard let layer = node.first(where: { $0.output == ["logits"] }) else { return }
    for index in initializer.indices where layer.input.dropFirst().contains(initializer[index].name) {
      let rows = Int(initializer[index].dims[0])
      initializer[index].rawData = initializer[index].rawData.prefix(
        initializer[index].rawData.count / rows * count)
      initializer[index].dims[0] = Int64(count)
    }
    output[0].type.tensorType.clearShape()
  }

  /// Appends a node. Its tensor replaces the first output, becomes an additional output, or is no output.
  fileprivate mutating func append(
    op: String, _ input: String, _ tensor: String, further: String? = nil, as place: Place = .output,
    to cast: Int64? = nil, type: Int32 = 1
  ) {
    var added = Onnx_NodeProto()
    (added.opType, added.input, added.output) = (op, [input] + [further].compactMap { $0 }, [tensor])
    if let cast {
      var attribute = Onnx_AttributeProto()
      (attribute.name, attribute.type, attribute.i) = ("to", .int, cast)
      added.attribute = [attribute]
    }
    node.append(added)
    var value = output[0]
    value.name = tensor
    value.type.tensorType.elemType = type
    switch place {
    case .output: output[0] = value
    case .further: output.append(value)
    case .inner: break
    }
  }
}

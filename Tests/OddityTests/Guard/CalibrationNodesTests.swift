import Foundation
import ONNXGraph
import ONNXProto
import Engines
import Testing

@testable import OddityClassifier
@testable import OddityModel
@testable import OddityStatistics

/// Compares the appended p-value and decision with the same calibration in Swift, score by score.
struct CalibrationNodesTests {
  /// Below and above 2,048, from where on scores are stored in several rows.
  @Test(arguments: [19, 20, 39, 99, 100, 101, 999, 1024, 2047, 2048, 2115, 2116, 5000])
  func nodesCountAsTheCalibrationDoes(_ count: Int) async throws {
    var random = SplitMix64(seed: UInt64(count))
    let scores = (0..<count).map { _ in Float(random.nextUnit()) }
    try await expectAgreement(
      scores, queries: scores + (0..<200).map { _ in Float(random.nextUnit() * 1.2 - 0.1) })
  }

  @Test func tiesCountAsAtMost() async throws {
    let scores = (0..<60).map { Float($0 / 10) }
    try await expectAgreement(scores, queries: [-1, 0, 0.5, 1, 2, 3, 4, 5, 5.5, 6])
  }

  @Test(arguments: [40, 3000])
  func aScoreThatIsNotFiniteIsAnOutlier(_ count: Int) async throws {
    let scores = (0..<count).map(Float.init)
    let answers = try await answers(
      ConformalCalibration(scores: scores, alpha: .fivePercent),
      queries: [.nan, .infinity, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude])
    let smallest = 1 / Float(count + 1)
    #expect(answers.map(\.pValue) == [smallest, smallest, smallest, 1, smallest])
    #expect(answers.map(\.isOutlier) == [true, true, true, false, true])
  }

  private func expectAgreement(_ scores: [Float], queries: [Float]) async throws {
    let calibration = try ConformalCalibration(scores: scores, alpha: .fivePercent)
    for (query, answer) in zip(queries, try await answers(calibration, queries: queries)) {
      #expect(abs(Double(answer.pValue) - calibration.pValue(query)) < 1e-6, "score \(query)")
      #expect(answer.isOutlier == calibration.isOutlier(query), "score \(query)")
    }
  }

  private func answers(
    _ calibration: ConformalCalibration, queries: [Float]
  ) async throws -> [(pValue: Float, isOutlier: Bool)] {
    let model = try identity()
    var appendix = Appendix(to: model)
    let decision = calibration.decision(on: Tensor(named: "y", rank: 1))
    appendix.addOutput(decision.pValue, as: "p", type: .float)
    appendix.addOutput(decision.isOutlier, as: "outlier", type: .bool)
    let compiled = try Engine().compile(model: appendix.appended(to: model), options: EngineOptions())
    let outputs = try await compiled.infer(queries, shape: [queries.count], outputs: ["p", "outlier"])
    return Array(zip(try outputs.floats("p"), try outputs.bools("outlier", images: queries.count)))
  }

  /// y = x for a vector of any length.
  private func identity() throws -> Model {
    var node = Onnx_NodeProto()
    (node.opType, node.input, node.output) = ("Identity", ["x"], ["y"])
    var proto = Onnx_ModelProto()
    proto.irVersion = 8
    var set = Onnx_OperatorSetIdProto()
    set.version = 17
    proto.opsetImport = [set]
    proto.graph.name = "identity"
    proto.graph.node = [node]
    proto.graph.input = [vector("x")]
    proto.graph.output = [vector("y")]
    return try Model(bytes: proto.serializedData(), name: "identity")
  }

  private func vector(_ name: String) -> Onnx_ValueInfoProto {
    var value = Onnx_ValueInfoProto()
    value.name = name
    value.type.tensorType.elemType = ElementType.float.rawValue
    var dim = Onnx_TensorShapeProto.Dimension()
    dim.dimParam = "N"
    value.type.tensorType.shape.dim = [dim]
    return value
  }
}

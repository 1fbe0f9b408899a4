import Foundation
import ONNXGraph
import Engines
import Testing
import TestSupport

@testable import OddityClassifier
@testable import OddityFiles
@testable import OddityModel
@testable import OddityStatistics

/// Compares the calibration by predicted class, in Swift and in the engine, with NumPy.
struct ClassCalibrationTests {
  struct Case: Encodable, Sendable {
    let fit_counts: [Int]
    var scores: [Float] = []
    var classes: [Int] = []
    let alpha: String
    var queries: [Float] = []
    var query_classes: [Int] = []

    /// Scores with ties, and classes with the frequencies of the fit part.
    init(_ fitCounts: [Int], calibration: Int, alpha: String, seed: UInt64 = 3) {
      (fit_counts, self.alpha) = (fitCounts, alpha)
      var random = SplitMix64(seed: seed)
      let total = fitCounts.reduce(0, +)
      func drawnClass() -> Int {
        var place = Int(random.nextUnit() * Double(total))
        return fitCounts.firstIndex { count in
          place -= count
          return place < 0
        } ?? 0
      }
      for _ in 0..<calibration {
        scores.append(Float((random.nextUnit() * 50).rounded()))
        classes.append(drawnClass())
      }
      for _ in 0..<300 {
        queries.append(Float((random.nextUnit() * 60).rounded() - 5))
        query_classes.append(Int(random.nextUnit() * Double(fitCounts.count)))
      }
      queries += [.nan, .infinity, -.infinity]
      query_classes += [0, 1, fitCounts.count - 1]
    }
  }

  private struct Answer: Decodable {
    let groups: [Int]
    let p_values: [Double]
    let outliers: [Bool]
    let ranks: [Int]
  }

  static let cases = [
    Case([300, 300, 300], calibration: 500, alpha: "0.05"),
    Case([300, 5, 300, 8, 90], calibration: 400, alpha: "0.05"),
    // The small class has too few images, so it is joined with the smallest other class.
    Case([300, 2, 300, 200], calibration: 300, alpha: "0.05"),
    // There are far fewer calibration images than in the fit part, so classes that look frequent are not.
    Case([900, 900, 60, 60], calibration: 120, alpha: "0.05"),
    Case([40, 40, 40, 40], calibration: 160, alpha: "0.01"),
    Case([500, 500], calibration: 1_500, alpha: "0.01"),
  ]

  @Test(arguments: cases)
  func everyVerdictIsTheReferences(_ drawn: Case) async throws {
    let known = try PythonReference.run("class_calibration_reference.py", drawn, as: Answer.self)
    let sample = try CalibrationSample(scores: drawn.scores, classes: drawn.classes)
    let calibration = try DetectorCalibration(
      sample, alpha: Alpha(parsing: drawn.alpha), confidence: nil, fitCounts: drawn.fit_counts)
    let classes = try #require(calibration.classes)
    #expect(classes.groups.ofClass == known.groups)
    #expect(classes.parts.map(\.rank) == known.ranks)
    for (index, answer) in try await answers(drawn, classes).enumerated() {
      #expect(abs(Double(answer.pValue) - known.p_values[index]) < 1e-6, "query \(index)")
      #expect(answer.isOutlier == known.outliers[index], "query \(index)")
      let query = drawn.queries[index]
      let own = calibration.calibration(ofClass: drawn.query_classes[index])
      #expect(abs(own.pValue(query) - known.p_values[index]) < 1e-12)
      #expect(own.isOutlier(query) == known.outliers[index])
    }
  }

  @Test func groupsAreDecidedOnTheFitPart() {
    let groups = ClassGroups(fitCounts: [100, 18, 1, 100], calibrationSize: 219, smallest: 19)
    #expect(groups.ofClass == [0, 1, 1, 2] && groups.classes == [[0], [1, 2], [3]])
    let alone = ClassGroups(fitCounts: [100, 50, 3], calibrationSize: 153, smallest: 19)
    #expect(alone.ofClass == [0, 1, 1])
    let none = ClassGroups(fitCounts: [3, 4], calibrationSize: 100, smallest: 19)
    #expect(none.ofClass == [0, 0] && none.count == 1)
  }

  @Test func classesThatAreMissingOrStrangeAreRefused() throws {
    let scores = (0..<40).map(Float.init)
    #expect(throws: OddityError.self) { try CalibrationSample(scores: scores, classes: [1]) }
    let strange = try CalibrationSample(scores: scores, classes: scores.map { Int($0) % 3 })
    let error = #expect(throws: OddityError.self) {
      try DetectorCalibration(strange, alpha: .fivePercent, confidence: nil, fitCounts: [50, 50])
    }
    #expect(error?.message.contains("a calibration image has the class 2") == true)
    let unknown = try CalibrationSample(scores: scores, classes: nil)
    #expect(throws: OddityError.self) {
      try DetectorCalibration(unknown, alpha: .fivePercent, confidence: nil, fitCounts: [50, 50])
    }
  }

  /// The distance must be exact. The probability must agree as far as two asymptotic formulas do.
  @Test func driftIsScipysTest() throws {
    var random = SplitMix64(seed: 4)
    let pairs = [(50, 60, 0.0), (400, 300, 0.1), (1_000, 80, 0.3), (200, 200, 0.02)].map {
      first, second, shift in
      [
        (0..<first).map { _ in Float(random.nextNormal()) },
        (0..<second).map { _ in Float(random.nextNormal() + shift) },
      ]
    }
    let known = try PythonReference.run("ks_reference.py", pairs, as: [[Double]].self)
    for (pair, expected) in zip(pairs, known) {
      let test = DriftTest(pair[0], pair[1])
      #expect(abs(test.distance - expected[0]) < 1e-12)
      #expect(abs(test.pValue - expected[1]) < 0.03)
    }
    #expect(DriftTest([], [1]).pValue == 1)
  }

  /// The results of the nodes for queries, given as columns of [score, logits…].
  private func answers(
    _ drawn: Case, _ calibration: ClassCalibration
  ) async throws -> [(pValue: Float, isOutlier: Bool)] {
    let classes = drawn.fit_counts.count
    let model = try Model.rows(
      of: 1 + classes, from: "x", to: "rows", like: Model(contentsOf: Fixtures.url("residual.dyn.onnx")))
    var appendix = Appendix(to: model)
    let columns = Tensor(named: "rows", rank: 2)
    let decision = calibration.decision(
      on: columns.columns(0..<1).flattened(), logits: columns.columns(1..<1 + classes))
    appendix.addOutput(decision.pValue, as: "p", type: .float)
    appendix.addOutput(decision.isOutlier, as: "outlier", type: .bool)
    let compiled = try Engine().compile(model: appendix.appended(to: model), options: EngineOptions())
    let rows = zip(drawn.queries, drawn.query_classes).flatMap { query, index -> [Float] in
      [query] + (0..<classes).map { $0 == index ? 1 : 0 }
    }
    let outputs = try await compiled.infer(
      rows, shape: [drawn.queries.count, 1 + classes], outputs: ["p", "outlier"])
    return Array(zip(try outputs.floats("p"), try outputs.bools("outlier", images: drawn.queries.count)))
  }
}

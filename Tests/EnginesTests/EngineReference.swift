import Foundation
import Engines
import Testing
import TestSupport

/// The output of `Tests/Reference/engine_models.py`.
struct EngineReference: Decodable {
  struct Answer: Decodable {
    var shape: [Int]
    var values: [Float]
  }

  private var models: [String: Data]
  /// The shape of `input`: [7, 3, 8, 8].
  var shape: [Int]
  var input: [Float]
  /// The results of ONNX Runtime for `input`, by output.
  var answers: [String: Answer]

  private static let loaded = Result {
    try JSONDecoder().decode(Self.self, from: PythonReference.run("engine_models.py"))
  }

  static func load() throws -> EngineReference { try loaded.get() }

  func bytes(_ name: String) throws -> Data { try #require(models[name]) }

  func compile(_ name: String, _ options: EngineOptions = .init()) throws -> CompiledModel {
    try Engine().compile(model: bytes(name), options: options)
  }

  /// The first `count` images.
  func images(_ count: Int) -> (values: [Float], shape: [Int]) {
    let width = shape.dropFirst().reduce(1, *)
    return (Array(input.prefix(count * width)), [count] + shape.dropFirst())
  }

  /// The result for the first `count` images.
  func rows(_ count: Int, of output: String) throws -> [Float] {
    let answer = try #require(answers[output])
    return Array(answer.values.prefix(count * answer.shape.dropFirst().reduce(1, *)))
  }
}

/// The largest difference, relative to values of at least 1 in size. Infinite if the counts differ or if a
/// number is not finite.
func difference(_ left: [Float], _ right: [Float]) -> Double {
  guard left.count == right.count, (left + right).allSatisfy(\.isFinite) else { return .infinity }
  return zip(left, right).map { Double(abs($0 - $1)) / max(1, Double(abs($1))) }.max() ?? .infinity
}

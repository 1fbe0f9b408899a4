import Foundation
import OpenVINORuntime
import Testing

@Suite struct TensorShapesTests {
  let reference: EngineReference

  init() throws { reference = try .load() }

  @Test func ofTheModelAsItIs() throws {
    let shapes = try Engine().tensorShapes(model: reference.bytes("dynamic"), inputs: [:])
    #expect(shapes["features"] == [nil, 4, 8, 8])
    #expect(shapes["class"] == [nil])
    #expect(shapes["total"] == [])
    #expect(shapes.count == 5)
  }

  @Test func followTheShapesOfTheInputs() throws {
    let shapes = try Engine().tensorShapes(
      model: reference.bytes("dynamic"), inputs: ["image": [2, 3, 20, 12]])
    #expect(shapes["features"] == [2, 4, 20, 12])
    #expect(shapes["logits"] == [2, 5])
  }

  @Test func inputThatHasTheShapeAlreadyIsLeftAlone() throws {
    let shapes = try Engine().tensorShapes(model: reference.bytes("fixed"), inputs: ["image": [4, 3, 8, 8]])
    #expect(shapes["features"] == [4, 4, 8, 8])
  }

  @Test func everyNameOfATensorCanBeAsked() throws {
    let shapes = try Engine().tensorShapes(
      model: reference.bytes("two_names"), inputs: ["x": [3, 4]], outputs: ["y", "z"])
    #expect(shapes == ["y": [3, 4], "z": [3, 4]])
  }

  @Test func freeRankIsLeftOut() throws {
    let model = try reference.bytes("free_rank")
    #expect(try Engine().tensorShapes(model: model, inputs: [:]) == ["y": [nil, 4]])
    #expect(try Engine().tensorShapes(model: model, inputs: [:], outputs: ["z"]) == [:])
  }

  @Test(arguments: [("image", [1, 5, 8, 8]), ("image", [1, 3]), ("picture", [1, 3, 8, 8])])
  func inputThatDoesNotFitIsNamed(name: String, shape: [Int]) throws {
    let error = try #require(throws: EngineError.self) {
      try Engine().tensorShapes(model: reference.bytes("dynamic"), inputs: [name: shape])
    }
    #expect(error.code == .shapeMismatch)
    #expect(error.message.contains("\"\(name)\""))
  }

  @Test func unknownOutputIsNamed() throws {
    let error = try #require(throws: EngineError.self) {
      try Engine().tensorShapes(model: reference.bytes("dynamic"), inputs: [:], outputs: ["nonsense"])
    }
    #expect(error.code == .unreadableOutput)
  }
}

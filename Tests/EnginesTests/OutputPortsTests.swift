import Foundation
import Engines
import Testing

@Suite struct OutputPortsTests {
  let reference: EngineReference

  init() throws { reference = try .load() }

  @Test func ofTheModelAsItIs() throws {
    let ports = try Engine().outputPorts(model: reference.bytes("dynamic"), inputs: [:])
    #expect(ports["features"]?.shape == [nil, 4, 8, 8])
    #expect(ports["features"]?.elementType == .float32 && ports["class"]?.elementType == .int64)
    #expect(ports["class"]?.shape == [nil])
    #expect(ports["total"]?.shape == [])
    #expect(ports.count == 5)
  }

  @Test func followTheShapesOfTheInputs() throws {
    let ports = try Engine().outputPorts(
      model: reference.bytes("dynamic"), inputs: ["image": [2, 3, 8, 8]])
    #expect(ports["features"]?.shape == [2, 4, 8, 8])
    #expect(ports["total"]?.shape == [] && ports["total"]?.hasRank == true)
    #expect(ports["logits"]?.shape == [2, 5])
  }

  @Test func inputThatHasTheShapeAlreadyIsLeftAlone() throws {
    let ports = try Engine().outputPorts(model: reference.bytes("fixed"), inputs: ["image": [4, 3, 8, 8]])
    #expect(ports["features"]?.shape == [4, 4, 8, 8])
  }

  @Test func everyNameOfATensorCanBeAsked() throws {
    let ports = try Engine().outputPorts(
      model: reference.bytes("two_names"), inputs: ["x": [3, 4]], outputs: ["y", "z"])
    #expect(ports.mapValues(\.shape) == ["y": [3, 4], "z": [3, 4]])
  }

  @Test func freeRankIsSaid() throws {
    let model = try reference.bytes("free_rank")
    let ports = try Engine().outputPorts(model: model, inputs: [:])
    #expect(ports["y"]?.shape == [nil, 4] && ports["y"]?.hasRank == true)
    #expect(try Engine().outputPorts(model: model, inputs: [:], outputs: ["z"])["z"]?.hasRank == false)
  }

  @Test(arguments: [("image", [1, 5, 8, 8]), ("image", [1, 3]), ("picture", [1, 3, 8, 8])])
  func inputThatDoesNotFitIsNamed(name: String, shape: [Int]) throws {
    let error = try #require(throws: EngineError.self) {
      try Engine().outputPorts(model: reference.bytes("dynamic"), inputs: [name: shape])
    }
    #expect(error.code == .shapeMismatch)
    #expect(error.message.contains("\"\(name)\""))
  }

  @Test func unknownOutputIsNamed() throws {
    let error = try #require(throws: EngineError.self) {
      try Engine().outputPorts(model: reference.bytes("dynamic"), inputs: [:], outputs: ["nonsense"])
    }
    #expect(error.code == .unreadableOutput)
  }
}

import Foundation
import Testing

@testable import Engines

@Suite struct EngineChoiceTests {
  @Test func theEnvironmentChooses() throws {
    #expect(try EngineChoice.chosen(environment: [:]) == EngineChoice())
    #expect(
      try EngineChoice.chosen(environment: ["ODDITY_ENGINE": "", "ODDITY_DEVICE": ""]) == EngineChoice())
    #expect(
      try EngineChoice.chosen(environment: ["ODDITY_ENGINE": "ONNXRuntime", "ODDITY_DEVICE": "cuda:1"])
        == EngineChoice(.onnxruntime, device: "cuda:1"))
    let wrong = ["ODDITY_ENGINE": "torch"]
    let error = try #require(throws: EngineError.self) { try EngineChoice.chosen(environment: wrong) }
    #expect(error.message.contains("'torch'") && error.message.contains("openvino or onnxruntime"))
    #expect(try EngineChoice.chosen(.openvino, environment: wrong) == EngineChoice(.openvino))
  }

  @Test func aDeviceBelongsToItsEngine() throws {
    func chosen(_ name: EngineChoice.Name?, _ device: String?, _ environment: [String: String]) throws
      -> EngineChoice
    {
      try EngineChoice.chosen(name, device: device, environment: environment)
    }
    let cuda = ["ODDITY_ENGINE": "onnxruntime", "ODDITY_DEVICE": "cuda"]
    #expect(try chosen(.onnxruntime, nil, cuda) == EngineChoice(.onnxruntime, device: "cuda"))
    #expect(try chosen(.openvino, nil, cuda) == EngineChoice(.openvino))
    #expect(try chosen(nil, "cpu", cuda) == EngineChoice(.onnxruntime, device: "cpu"))
    #expect(
      try chosen(.onnxruntime, nil, ["ODDITY_DEVICE": "cuda:1"])
        == EngineChoice(.onnxruntime, device: "cuda:1"))
    #expect(try chosen(.openvino, nil, ["ODDITY_DEVICE": "GPU"]) == EngineChoice(.openvino, device: "GPU"))
    #expect(try chosen(.onnxruntime, nil, ["ODDITY_DEVICE": "GPU"]) == EngineChoice(.onnxruntime))
    #expect(try chosen(.onnxruntime, nil, ["ODDITY_DEVICE": "AUTO:GPU"]) == EngineChoice(.onnxruntime))
    // A device that no engine has is an error for every engine.
    for name in EngineChoice.Name.allCases {
      #expect(try chosen(name, nil, ["ODDITY_DEVICE": "cdua"]) == EngineChoice(name, device: "cdua"))
    }
  }

  @Test(arguments: [
    (nil, nil), ("cpu", nil), ("CPU", nil), ("cuda:0", EngineChoice.Name.onnxruntime),
    ("cuda:-1", .onnxruntime),
    ("coreml", .onnxruntime),
    ("GPU", .openvino), ("AUTO:GPU,CPU", .openvino),
  ])
  func aDeviceTellsItsEngine(device: String?, name: EngineChoice.Name?) {
    #expect(EngineChoice(device: device).decided == name)
    #expect(EngineChoice(.openvino, device: device).decided == .openvino)
  }

  @Test func bothEnginesAreListed() throws {
    let engines = FoundEngine.all()
    #expect(engines.map(\.name) == [.openvino, .onnxruntime])
    for engine in engines {
      let found = try engine.state.get()
      #expect(!found.version.isEmpty && !found.devices.isEmpty && !engine.searched.isEmpty)
    }
  }

  /// A process opens a library once, so this test uses another process.
  @Test func theOtherEngineIsTakenWhereThereIsOne() async {
    await #expect(processExitsWith: .success) {
      setenv("ODDITY_ENGINE", "", 1)
      setenv("ODDITY_OPENVINO_LIBRARY", "/nowhere/x.so", 1)
      // A user who names a library wants no other engine.
      #expect(throws: EngineError.self) { try Engine() }
      #expect(throws: EngineError.self) { try Engine.allFound() }
      let other = try? Engine(EngineChoice(.onnxruntime))
      #expect(other?.name == .onnxruntime)
    }
  }
}

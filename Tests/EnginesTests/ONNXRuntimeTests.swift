import Engines
import Foundation
import Testing
import TestSupport

@testable import ONNXRuntime

@Suite struct ONNXRuntimeTests {
  @Test func libraryTellsWhatItIs() throws {
    let engine = try Engine(EngineChoice(.onnxruntime))
    #expect(engine.version.split(separator: ".").count == 3)
    #expect(engine.libraryPath.contains("libonnxruntime"))
    #expect(try engine.devices().contains("cpu"))
  }

  @Test func missingLibrarySaysWhatToDo() throws {
    let error = try #require(throws: EngineError.self) {
      try ONNXRuntimeLibrary(candidates: ["/nowhere/x.so"])
    }
    #expect(error.code == .engineMissing)
    #expect(
      error.message.contains("pip install onnxruntime")
        && error.message.contains("ODDITY_ONNXRUNTIME_LIBRARY"))
  }

  @Test func libraryOfSomethingElseIsRefused() throws {
    let error = try #require(throws: EngineError.self) { try ONNXRuntimeLibrary(candidates: ["libm.so.6"]) }
    #expect(error.message.contains("libm.so.6 is not ONNX Runtime"))
  }

  /// An old library does not support the requested version of the interface.
  @Test func oldLibraryIsRefused() throws {
    let folder = try TemporaryFolder()
    let code = """
      static const void *api(unsigned version) { return version > 19 ? 0 : &api; }
      static const char *version(void) { return "1.19.2"; }
      static const struct { const void *(*api)(unsigned); const char *(*version)(void); } base = {api, version};
      const void *OrtGetApiBase(void) { return &base; }
      """
    try code.write(toFile: folder.path("old.c"), atomically: true, encoding: .utf8)
    let compiler = try Process.run(
      URL(filePath: "/usr/bin/cc"),
      arguments: ["-shared", "-fPIC", "-o", folder.path("old.so"), folder.path("old.c")])
    compiler.waitUntilExit()
    let error = try #require(throws: EngineError.self) {
      try ONNXRuntimeLibrary(candidates: [folder.path("old.so")])
    }
    #expect(error.code == .engineMissing)
    #expect(error.message.hasPrefix("ONNX Runtime 1.19.2 is too old: "))
  }

  @Test(arguments: ["cuda", "CUDA:1", "tensorrt", "coreml"])
  func devicesThatAreNotInTheLibraryAreRefused(device: String) throws {
    let error = try #require(throws: EngineError.self) {
      try Engine(EngineChoice(.onnxruntime, device: device))
    }
    #expect(error.code == .badDevice)
    #expect(error.message.contains("only cpu") && error.message.contains(".so"))
  }

  @Test(arguments: ["GPU", "cuda:", "cuda:x", "cuda:-1", "cpu:0", "", " cpu", "cuda:1:2"])
  func devicesThatDoNotExistAreRefused(device: String) throws {
    #expect(throws: EngineError.self) { try RuntimeDevice(device) }
  }

  @Test func cardsHaveNumbers() throws {
    #expect(try RuntimeDevice("CUDA:1") == RuntimeDevice("cuda:1"))
    #expect(try RuntimeDevice("cuda:1").number == 1 && RuntimeDevice("tensorrt").number == 0)
  }

  @Test func reasonsOfMessages() {
    let whole = """
      Non-zero status code returned while running Reshape node. Name:'flat' Status Message: \
      /src/core/reshape_helper.h:45 onnxruntime::ReshapeHelper::ReshapeHelper(const onnxruntime::TensorShape&, bool) \
      input_shape_size == size was false. The input tensor cannot be reshaped

      """
    #expect(
      RuntimeMessage.essential(of: whole)
        == "Reshape 'flat': input_shape_size == size was false. The input tensor cannot be reshaped"
    )
    #expect(
      RuntimeMessage.essential(of: "Fatal error: com.acme:Bogus(-1) is not a registered function/op")
        == "Fatal error: com.acme:Bogus(-1) is not a registered function/op")
    #expect(RuntimeMessage.essential(of: "") == "")
    #expect(RuntimeMessage.essential(of: String(repeating: "x", count: 1_000)).count == 401)
  }

  /// The two engines are independent implementations.
  @Test func enginesAgree() async throws {
    let reference = try EngineReference.load()
    let images = reference.images(7)
    var answers: [[Float]] = []
    for name in EngineChoice.Name.allCases {
      let model = try Engine(EngineChoice(name)).compile(
        model: reference.bytes("dynamic"), options: EngineOptions())
      let outputs = try await model.infer(images.values, shape: images.shape, outputs: ["logits"])
      answers.append(try #require(outputs["logits"]).floats)
    }
    #expect(difference(answers[0], answers[1]) < 1e-5)
  }

  @Test func otherPrecisionsAreRefused() throws {
    let error = try #require(throws: EngineError.self) {
      try Engine(EngineChoice(.onnxruntime)).compile(
        model: EngineReference.load().bytes("dynamic"), options: EngineOptions(precision: .bf16))
    }
    #expect(error.code == .unsupportedPrecision)
  }

  @Test(arguments: EngineChoice.Name.allCases)
  func onlyCardsAreHeldToAPartOfTheirMemory(name: EngineChoice.Name) throws {
    let error = try #require(throws: EngineError.self) {
      try Engine(EngineChoice(name)).compile(
        model: EngineReference.load().bytes("dynamic"), options: EngineOptions(deviceMemory: 1 << 20))
    }
    #expect(error.code == .badDevice && error.message.contains("leave the limit out"))
  }

  @Test func memoryThatIsUsedUpSaysWhatToDo() {
    for message in [
      "the model failed: Conv 'a': Failed to allocate memory for requested buffer of size 1",
      "the model failed: CUDA failure 2: out of memory",
    ] {
      let error = EngineError(.inferenceFailed, message)
      #expect(error.message == message + ": batches of fewer images need less memory")
    }
    let compiled = EngineError(.modelRejected, "the engine cannot compile a.onnx: std::bad_alloc")
    #expect(compiled.message.hasSuffix(": give the process more memory") && compiled.code == .inferenceFailed)
    #expect(EngineError(.inferenceFailed, "the model failed").message == "the model failed")
  }

  @Test func aCacheIsRefusedWhereNothingIsKept() throws {
    let error = try #require(throws: EngineError.self) {
      try Engine(EngineChoice(.onnxruntime)).compile(
        model: EngineReference.load().bytes("dynamic"), options: EngineOptions(cacheDirectory: "/tmp/x"))
    }
    #expect(error.code == .badDevice)
  }
}

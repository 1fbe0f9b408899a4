import Engines
import Foundation
import Testing

@testable import OpenVINORuntime

@Suite struct OpenVINOLibraryTests {
  @Test(arguments: [
    ("2025.1.0-18503-6fec06580ab", true), ("2025.10.0", true), ("2026.0.0-1", true),
    ("2025.0.0-17942", false),
    ("2024.6.0-17404", false), ("custom", false),
  ])
  func oldVersionsAreRefused(version: String, isSupported: Bool) {
    #expect(OpenVINOLibrary.isSupported(version) == isSupported)
  }

  @Test func missingLibrarySaysWhatToDo() throws {
    let error = try #require(throws: EngineError.self) { try OpenVINOLibrary(candidates: ["/nowhere/x.so"]) }
    #expect(error.code == .engineMissing)
    #expect(error.message.contains("Scripts/setup") && error.message.contains("ODDITY_OPENVINO_LIBRARY"))
  }

  @Test func libraryOfSomethingElseIsRefused() throws {
    let error = try #require(throws: EngineError.self) { try OpenVINOLibrary(candidates: ["libm.so.6"]) }
    #expect(error.code == .engineMissing)
    #expect(error.message.contains("ov_get_openvino_version"))
  }

  @Test func versionIsTheLibrarys() throws {
    let engine = try Engine(EngineChoice(.openvino))
    #expect(OpenVINOLibrary.isSupported(engine.version))
    #expect(engine.libraryPath.contains("libopenvino_c"))
    #expect(try engine.devices().contains("CPU"))
  }

  @Test(arguments: ["GPU", "CPU,NPU", "NPU.1", "AUTO:GPU", "gpu", "x", ",", ":CPU"])
  func devicesThatAreNotThereAreRefused(device: String) throws {
    let error = try #require(throws: EngineError.self) {
      try Engine(EngineChoice(.openvino, device: device))
    }
    #expect(error.code == (device.hasPrefix("NPU") ? .unsupportedPrecision : .badDevice))
    #expect(!error.message.contains("\n"))
  }

  @Test func devicesAreNamedInAnyCase() throws {
    for name in ["cpu", "CPU", "CPU.0", "auto"] {
      #expect(try Engine(EngineChoice(.openvino, device: name)).device == "CPU", "\(name)")
    }
  }
}

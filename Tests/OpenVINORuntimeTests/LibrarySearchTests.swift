import Foundation
import Testing

@testable import OpenVINORuntime

@Suite struct LibrarySearchTests {
  private func candidates(
    _ executable: String, environment: [String: String] = [:], existing: Set<String> = []
  ) -> [String] {
    LibrarySearch(environment: environment, executable: URL(filePath: executable))
      .candidates(exists: existing.contains)
  }

  private let name = LibrarySearch.names[0]

  @Test func variableIsTheOnlyPlace() {
    let found = candidates(
      "/usr/bin/oddity", environment: [LibrarySearch.variable: "/x/lib.so"],
      existing: ["/usr/lib/oddity/\(name)"])
    #expect(found == ["/x/lib.so"])
  }

  @Test func whatTheProgramSaysComesBehindTheVariable() {
    func found(_ environment: [String: String]) -> [String] {
      LibrarySearch(
        environment: environment, said: "/packages/lib.so", executable: URL(filePath: "/usr/bin/python3")
      )
      .candidates { _ in true }
    }
    #expect(found([:]) == ["/packages/lib.so"])
    #expect(found([LibrarySearch.variable: "/x/lib.so"]) == ["/x/lib.so"])
  }

  @Test(arguments: [
    ("2025.1.0-18503-6fec06580ab", true), ("2025.10.0", true), ("2026.0.0-1", true),
    ("2025.0.0-17942", false),
    ("2024.6.0-17404", false), ("custom", false),
  ])
  func oldVersionsAreRefused(version: String, isSupported: Bool) {
    #expect(OpenVINOLibrary.isSupported(version) == isSupported)
  }

  @Test func installedEngineComesBeforeTheSystems() {
    let installed = "/opt/o/lib/oddity/\(name)"
    #expect(
      candidates("/opt/o/bin/oddity", environment: [LibrarySearch.variable: ""], existing: [installed])
        == [installed] + LibrarySearch.names)
  }

  @Test(arguments: ["/w/.build/x/release/oddity", "/w/.build/x/debug/tests.xctest", "/w/Examples/.build/a"])
  func workingCopyComesLast(executable: String) {
    let unpacked = "/w/.build-engine/lib/\(name)"
    #expect(candidates(executable, existing: [unpacked]) == LibrarySearch.names + [unpacked])
  }

  @Test func missingEngineSaysWhatToDo() throws {
    let error = try #require(throws: EngineError.self) {
      try OpenVINOLibrary(candidates: ["/nowhere/\(name)", "also-nowhere.so"])
    }
    #expect(error.code == .engineMissing)
    #expect(error.message.contains("Scripts/setup") && error.message.contains(LibrarySearch.variable))
    #expect(error.underlying?.contains("/nowhere/\(name)") == true)
  }

  @Test func namedLibraryIsNamedInTheError() throws {
    let error = try #require(throws: EngineError.self) { try OpenVINOLibrary(candidates: ["/nowhere/x.so"]) }
    #expect(error.message.contains("not found at /nowhere/x.so"))
  }

  @Test func libraryOfSomethingElseIsRefused() throws {
    let error = try #require(throws: EngineError.self) { try OpenVINOLibrary(candidates: ["libm.so.6"]) }
    #expect(error.code == .engineMissing)
    #expect(error.message.contains("ov_get_openvino_version"))
  }

  @Test func versionIsTheLibrarys() throws {
    #expect(try OpenVINOLibrary.isSupported(Engine.version))
  }
}

import Foundation
import Testing

@testable import Inference

@Suite struct LibrarySearchTests {
  private static let variable = "ODDITY_TEST_LIBRARY"
  private static let names = ["libengine.so.7", "libengine.so"]

  private func search(
    _ executable: String, environment: [String: String] = [:], said: String? = nil
  ) -> LibrarySearch {
    LibrarySearch(
      variable: Self.variable, names: Self.names, developmentFolder: ".build-engine/lib",
      environment: environment, said: said, executable: URL(filePath: executable))
  }

  private func candidates(
    _ executable: String, environment: [String: String] = [:], existing: Set<String> = []
  ) -> [String] {
    search(executable, environment: environment).candidates(exists: existing.contains)
  }

  private let name = Self.names[0]

  @Test func variableIsTheOnlyPlace() {
    let found = candidates(
      "/usr/bin/oddity", environment: [Self.variable: "/x/lib.so"],
      existing: ["/usr/lib/oddity/\(name)"])
    #expect(found == ["/x/lib.so"])
  }

  @Test func whatTheProgramSaysComesBehindTheVariable() {
    func found(_ environment: [String: String]) -> [String] {
      search("/usr/bin/python3", environment: environment, said: "/packages/lib.so").candidates { _ in true }
    }
    #expect(found([:]) == ["/packages/lib.so"])
    #expect(found([Self.variable: "/x/lib.so"]) == ["/x/lib.so"])
  }

  @Test func installedEngineComesBeforeTheSystems() {
    let installed = "/opt/o/lib/oddity/\(name)"
    #expect(
      candidates("/opt/o/bin/oddity", environment: [Self.variable: ""], existing: [installed])
        == [installed] + Self.names)
  }

  @Test(arguments: ["/w/.build/x/release/oddity", "/w/.build/x/debug/tests.xctest", "/w/Examples/.build/a"])
  func workingCopyComesLast(executable: String) {
    let unpacked = "/w/.build-engine/lib/\(name)"
    #expect(candidates(executable, existing: [unpacked]) == Self.names + [unpacked])
  }

  @Test func firstLibraryThatOpensIsTaken() throws {
    let library = try SharedLibrary(["/nowhere/\(name)", "libm.so.6"], title: "An engine", advice: "none")
    #expect(library.file == "libm.so.6")
    let cosine = try #require(dlsym(library.handle, "cos"))
    #expect(library.path(of: cosine).hasSuffix("/libm.so.6"))
  }

  @Test func missingLibrarySaysWhatToDo() throws {
    let error = try #require(throws: EngineError.self) {
      try SharedLibrary(["/nowhere/\(name)", "also-nowhere.so"], title: "An engine", advice: "install it")
    }
    #expect(error.code == .engineMissing)
    #expect(error.message.contains("An engine") && error.message.contains("install it"))
    #expect(error.underlying?.contains("/nowhere/\(name)") == true)
  }

  @Test func namedLibraryIsNamedInTheError() throws {
    let error = try #require(throws: EngineError.self) {
      try SharedLibrary(["/nowhere/x.so"], title: "An engine", advice: "install it")
    }
    #expect(error.message.contains("not found at /nowhere/x.so"))
  }
}

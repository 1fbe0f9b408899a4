import Foundation
import Testing
import TestSupport

struct ReadmeTests {
  /// The example is a target of the package, so it compiles; this keeps the README's copy the same.
  @Test func theReadmeShowsTheExampleThatCompiles() throws {
    let readme = try text("README.md")
    let example = try text("Examples/swift/main.swift")
    let block = readme.split(separator: "```swift\n").dropFirst().first?.split(separator: "```").first
    #expect(block.map(String.init) == example)
  }

  /// Links to files of this repository lead somewhere.
  @Test(arguments: [
    "README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/decisions.md", "docs/commands.md",
  ])
  func linksLeadSomewhere(_ name: String) throws {
    let file = PythonReference.packageRoot.appending(path: name)
    for match in try text(name).matches(of: /\]\(([^)#]+)\)/) where !match.1.hasPrefix("http") {
      let target = file.deletingLastPathComponent().appending(path: String(match.1))
      #expect(FileManager.default.fileExists(atPath: target.path), "\(name) links to \(match.1)")
    }
  }

  private func text(_ name: String) throws -> String {
    try String(contentsOf: PythonReference.packageRoot.appending(path: name), encoding: .utf8)
  }
}

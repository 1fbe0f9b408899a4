import Foundation
import Testing
import TestSupport

struct ReadmeTests {
  /// The example is a target of the package, so it compiles. This test checks that the document contains the
  /// same text.
  @Test func theExampleInTheDocumentsCompiles() throws {
    let document = try text("docs/swift.md")
    let example = try text("Examples/swift/main.swift")
    let block = document.split(separator: "```swift\n").dropFirst().first?.split(separator: "```").first
    #expect(block.map(String.init) == example)
  }

  /// A new user should read the whole README.
  @Test func theReadmeIsShort() throws {
    #expect(try text("README.md").split(whereSeparator: \.isWhitespace).count <= 900)
  }

  private func text(_ name: String) throws -> String {
    try String(contentsOf: PythonReference.packageRoot.appending(path: name), encoding: .utf8)
  }
}

import Foundation
import Oddity
import Testing
import TestSupport

/// The suites of the paper and of OpenOOD, whose images are not distributed here.
@Suite struct PublishedSuitesTests {
  private struct Checked: Decodable {
    let suites: [String]
  }

  /// `get_data_check.py` lays out little archives of every kind, and damaged ones.
  @Test func everyKindOfArchiveIsCheckedAndLaidOut() throws {
    let folder = try TemporaryFolder()
    let answer = try PythonReference.run("get_data_check.py", arguments: [folder.url.path])
    let suites = try JSONDecoder().decode(Checked.self, from: answer).suites
    #expect(suites == ["openood-cifar10", "openood-imagenet", "paper-cifar10", "paper-imagenet"])
    for suite in suites { #expect(throws: Never.self) { try Suite(contentsOf: Self.file("\(suite).yaml")) } }
  }

  /// What a suite names below `data/` is what `get-data` lays out.
  @Test(arguments: ["openood-cifar10", "openood-imagenet", "paper-cifar10", "paper-imagenet"])
  func theSuiteNamesWhatIsLaidOut(name: String) throws {
    let catalogue = try JSONSerialization.jsonObject(
      with: Data(contentsOf: URL(filePath: Self.file("sets/sets.json"))))
    let entries = try #require(catalogue as? [[String: Any]])
    let ofSuite = entries.filter { ($0["suites"] as? [String])?.contains(name) == true }
    let folders = Set(ofSuite.flatMap { ($0["folders"] as? [String: Any])?.keys.map { "data/\($0)" } ?? [] })
    let lists = Set(
      ofSuite.flatMap { $0["lists"] as? [String] ?? [] }.map { "@data/openood/benchmark_imglist/\($0)" })
    let suite = try Suite(contentsOf: Self.file("\(name).yaml"))
    let id = suite.inDistribution
    let sources =
      (id.fit + id.calibration + id.evaluate).map(\.written) + id.shifted.map(\.source.written)
      + suite.outOfDistribution.map(\.source.written)
    // OpenOOD leaves ImageNet's training images to their owners.
    let known = folders.union(lists).union(["@data/openood/benchmark_imglist/imagenet/train_imagenet.txt"])
    for source in sources { #expect(known.contains(source), "\(source)") }
    if name.hasPrefix("openood") {
      #expect(Set(suite.outOfDistribution.map(\.group)) == [.near, .far] && !id.shifted.isEmpty)
    }
  }

  private static func file(_ name: String) -> String {
    PythonReference.packageRoot.appending(path: "Benchmarks/\(name)").path
  }
}

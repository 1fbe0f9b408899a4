import Foundation
import Testing
import TestSupport

/// An interrupted benchmark continues, measures again what has changed, and gives the same results.
@Suite struct BenchmarkResumptionTests {
  /// Many sets, so that a kill after the first set interrupts one of the others.
  private static let manySets =
    SuiteFolder.suite.replacing(
      "scores:", with: (0..<40).map { "  - {name: again\($0), source: id.npy}\n" }.joined() + "scores:")

  @Test(.timeLimit(.minutes(20)), arguments: [SIGKILL, SIGINT])
  func anInterruptedRunEndsAsAnother(signal: Int32) throws {
    let suite = try SuiteFolder(Self.manySets)
    let measured = suite.file("out/measurements/net/id.evaluate.json").path
    let interrupted = try CommandUnderTest.interrupt(
      ["benchmark", "suites/s.yaml", "--output", "out", "--batch", "8"], with: signal,
      directory: suite.folder.url
    ) { FileManager.default.fileExists(atPath: measured) }
    #expect(interrupted.status == (signal == SIGKILL ? -1 : 130) && interrupted.output.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: suite.file("out/results.json").path))
    let before = try suite.written("id.fit")
    let resumed = try suite.run("--batch", "8", "--json")
    #expect(resumed.status == 0 && !resumed.messages.contains("damaged"), "\(resumed.messages)")
    #expect(try suite.written("id.fit") == before)
    let whole = try suite.run("--batch", "8", "--json", output: "whole")
    #expect(whole.status == 0 && whole.output == resumed.output)
    for name in ["results.json", "results.md", "results.csv"] {
      #expect(try suite.contents("out/\(name)") == suite.contents("whole/\(name)"), "\(name)")
    }
  }

  @Test func onlyWhatHasChangedIsMeasuredAgain() throws {
    let suite = try SuiteFolder()
    _ = try suite.run()
    let sets = ["id.fit", "id.evaluate", "ood.noise", "ood.flat"]
    func changed(_ change: () throws -> Void) throws -> [String] {
      let before = try sets.map(suite.written)
      try change()
      let outcome = try suite.run()
      #expect(outcome.status == 0, "\(outcome.messages)")
      return try zip(sets, before).filter { try suite.written($0) != $1 }.map(\.0)
    }
    #expect(try changed {} == [])
    #expect(
      try changed {
        let noise = try suite.contents("suites/noise.npy")
        try FileManager.default.removeItem(at: suite.file("suites/flat.npy"))
        try noise.write(to: suite.file("suites/flat.npy"))
      } == ["ood.flat"])
    #expect(
      try changed {
        try suite.write(SuiteFolder.suite.replacing("limit: 150", with: "limit: 140"), to: "s.yaml")
      }
        == ["id.fit"])
    // Without a separate calibration set, more images of id.fit get pseudo-OOD images.
    #expect(
      try changed {
        let calibrated = SuiteFolder.suite.replacing("ood:", with: "  calibration: noise.npy\nood:")
          .replacing("limit: 150", with: "limit: 140")
        try suite.write(calibrated, to: "s.yaml")
      } == ["id.fit"])
    #expect(try changed { try suite.write(#"{"mean": 0.4, "std": 0.2}"#, to: "spec.json") } == sets)
    #expect(
      try changed {
        try FileManager.default.removeItem(at: suite.file("suites/net.onnx"))
        try FileManager.default.copyItem(at: Fixtures.url("vgg.dyn.onnx"), to: suite.file("suites/net.onnx"))
      } == sets)
  }

  @Test(arguments: ["npy", "json"]) func damagedMeasurementsAreMeasuredAgain(kind: String) throws {
    let suite = try SuiteFolder()
    let first = try suite.run("--json")
    let file = suite.file("out/measurements/net/ood.noise.\(kind)")
    let whole = try Data(contentsOf: file)
    try whole.prefix(whole.count - 9).write(to: file)
    let second = try suite.run("--json")
    #expect(second.status == 0 && second.output == first.output)
    #expect(second.messages.contains("net/ood.noise is damaged: measuring it again"))
    #expect(try Data(contentsOf: file) == whole)
  }

  @Test func numPyReadsTheMeasurements() throws {
    let suite = try SuiteFolder()
    _ = try suite.run()
    let file = suite.file("out/measurements/net/ood.flat")
    let shape = try PythonReference.run("array_reference.py", arguments: [file.path + ".npy"])
    let columns = try #require(
      String(decoding: Data(contentsOf: URL(filePath: file.path + ".json")), as: UTF8.self).json()
        .object("key")["columns"] as? [String])
    #expect(String(decoding: shape, as: UTF8.self) == "float32 (70, \(columns.count))\n")
    #expect(columns.first?.hasPrefix("featurenorm:") == true)
    #expect(columns.suffix(10) == (0..<10).map { "logits:\($0)" })
  }
}

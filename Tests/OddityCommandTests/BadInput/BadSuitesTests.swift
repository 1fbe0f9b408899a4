import Foundation
import Testing
import TestSupport

/// An invalid suite ends with 65 and one line, `s.yaml:LINE: …`, before anything is measured.
@Suite struct BadSuitesTests {
  /// A change of the valid suite, the line in the error, and a part of the error.
  struct Case: Sendable, CustomTestStringConvertible {
    let old: String
    let new: String
    let line: Int
    let reason: String
    var testDescription: String { reason }

    init(_ old: String, _ new: String, _ line: Int, _ reason: String) {
      (self.old, self.new, self.line, self.reason) = (old, new, line, reason)
    }
  }

  private static let cases = [
    Case("seed:", "sead:", 15, "unknown key 'sead': a suite has networks, id, ood,"),
    Case("    model:", "    modle:", 3, "unknown key 'modle': a network has name, model, preprocess"),
    Case("source: noise.npy", "path: noise.npy", 10, "unknown key 'path': an OOD set has name, source"),
    Case(
      "  evaluate:", "  test:", 7, "unknown key 'test': id has fit, calibration, evaluate, shifted, labels"),
    Case("source: noise.npy\n", "source: noise.npy\n    group: closer\n", 11, "group must be near or far"),
    Case(
      "evaluate: id.npy", "evaluate: id.npy\n  shifted: dim.npy", 8, "id.shifted must be a list"),
    Case(
      "evaluate: id.npy", "evaluate: id.npy\n  shifted: [{name: a, source: ./id.npy}]", 8,
      "id.shifted names ./id.npy, which id.fit has too"),
    Case(
      "evaluate: id.npy", "evaluate: id.npy\n  shifted: [{name: dim}]", 8,
      "the shifted set lacks the key 'source'"),
    Case(
      "evaluate: id.npy",
      "evaluate: id.npy\n  shifted: [{name: a, source: dim.npy}, {name: a, source: flat.npy}]", 8,
      "two shifted sets have the name 'a'"),
    Case(
      "evaluate: id.npy", "evaluate: id.npy\n  shifted: [{name: dim, source: gone.npy}]", 8,
      "'suites/gone.npy' cannot be read"),
    Case("  evaluate: id.npy\n", "", 6, "id lacks the key 'evaluate'"),
    Case("  - name: flat\n    source: flat.npy", "  - name: flat", 11, "the OOD set lacks the key 'source'"),
    Case(
      "ood:\n  - name: noise\n    source: noise.npy\n  - name: flat\n    source: flat.npy", "ood: []", 8,
      "ood is empty"),
    Case("[energy, featurenorm, msp, maxlogit]", "{a: b}", 13, "a score must be a text"),
    Case("[energy, featurenorm, msp, maxlogit]", "[]", 13, "scores is empty"),
    Case("energy,", "nearest,", 13, "there is no score \"nearest\": the scores are featurenorm"),
    Case("energy,", "msp,", 13, "the score msp appears twice"),
    Case("energy,", "tempscale, energy,", 6, "tempscale fits its temperature on labelled images that"),
    Case("blocks: all", "blocks: some", 14, "blocks must be auto or all"),
    Case("seed: 4", "seed: -4", 15, "seed must be a whole number"),
    Case("seed: 4", "seed: '4'", 15, "seed must be a whole number"),
    Case("limit: 150", "limit: 0", 16, "limit must be a whole number from 1 on"),
    Case("limit: 150", "limit: 1.5", 16, "limit must be a whole number from 1 on"),
    Case("alpha: 0.1", "alpha: 1", 17, "alpha \"1\" is not between 0 and 1"),
    Case("alpha: 0.1", "alpha: [0.1]", 17, "alpha must be a number between 0 and 1"),
    Case("alpha: 0.1", "alpha: 0.001", 6, "alpha 0.001 needs at least 999"),
    Case("name: flat", "name: noise", 11, "two OOD sets have the name 'noise'"),
    Case("id:\n", "  - {name: net, model: net.onnx}\nid:\n", 5, "two networks have the name 'net'"),
    Case("name: flat", "name: near-OOD", 11, "'near-OOD' is the name of a mean in tables"),
    Case("name: flat", "name: ../flat", 11, "'../flat' cannot be a file name"),
    Case("name: flat", #"name: "a\nb""#, 11, "'a?b' cannot be a file name"),
    Case("name: flat", "name:", 11, "name is empty"),
    Case("net.onnx", "gone.onnx", 3, "cannot read the model suites/gone.onnx: no such file"),
    Case("net.onnx", "s.yaml", 3, "suites/s.yaml is a text file, not an ONNX model"),
    Case("net.onnx", "encoder.onnx", 3, "encoder.onnx"),
    Case("spec.json", "gone.json", 4, "preprocessing 'suites/gone.json' is neither one of imagenet"),
    Case("noise.npy", "gone.npy", 10, "'suites/gone.npy' cannot be read"),
    Case("noise.npy", "none", 10, "'suites/none' holds no images"),
    Case("noise.npy", "'-'", 10, "a suite cannot read from standard input"),
    Case("fit: id.npy", "fit: [id.npy, id.npy]", 6, "id.fit names id.npy twice"),
    Case("fit: id.npy", "fit: [id.npy, ./id.npy]", 6, "id.fit names ./id.npy twice"),
    Case("fit: id.npy", "fit: []", 6, "id.fit is empty"),
    Case(
      "evaluate: id.npy", "evaluate: id.npy\n  labels: gone.txt", 8, "cannot read the labels suites/gone.txt"),
    Case(
      "evaluate: id.npy", "evaluate: id.npy\n  labels: two.txt", 8,
      "have 2 lines, but the model has 10 classes"),
    Case("id:\n", "id: [\n", 7, "this is not YAML"),
    Case("  fit:", "\tfit:", 6, "this is not YAML"),
    Case("alpha: 0.1", "alpha: 0.1\nseed: 5", 15, "the key 'seed' appears twice"),
    Case("alpha: 0.1", "alpha: 0.1\n---\na: b", 18, "this is not YAML"),
    Case("fit: id.npy", "fit: &a id.npy\n  labels: *a", 7, "aliases (*name) are not supported"),
  ]

  @Test(arguments: cases) func isRefusedWithItsLine(change: Case) throws {
    let text = SuiteFolder.suite.replacing(change.old, with: change.new, maxReplacements: 1)
    #expect(text != SuiteFolder.suite)
    let suite = try SuiteFolder(text)
    try suite.write("one\ntwo\n", to: "two.txt")
    try FileManager.default.createDirectory(at: suite.file("suites/none"), withIntermediateDirectories: false)
    if change.new == "encoder.onnx" { try writeEncoder(suite) }
    try expectRefusal(suite, "suites/s.yaml:\(change.line): ", change.reason)
  }

  @Test func whatIsNoSuiteAtAllIsRefused() throws {
    let bomb =
      (1..<40).reduce("a0: &a0 [x]\n") { $0 + "a\($1): &a\($1) [*a\($1 - 1), *a\($1 - 1)]\n" }
      + "? *a39\n: x\n"
    for (text, reason) in [
      ("", ":1: the suite is empty"), ("# nothing\n", ":1: the suite is empty"),
      ("hello\n", ":1: a suite must be a mapping"), ("- a\n", ":1: a suite must be a mapping"),
      (bomb, ":2: aliases (*name) are not supported"), ("? [a]\n: b\n", ":1: unknown key"),
      ("a: " + String(repeating: "[", count: 100_000), ":1: this is not YAML"),
      (String(repeating: "# \n", count: 400_000), " is larger than 1 MiB"),
    ] {
      try expectRefusal(SuiteFolder(text), "suites/s.yaml", reason)
    }
    let suite = try SuiteFolder()
    try Data([0x61, 0xFF, 0x0A]).write(to: suite.file("suites/s.yaml"))
    try expectRefusal(suite, "suites/s.yaml", " is not UTF-8 text")
    try FileManager.default.removeItem(at: suite.file("suites/s.yaml"))
    try expectRefusal(suite, "cannot read the suite suites/s.yaml", "name a readable YAML file")
    let none = try CommandUnderTest.run(["benchmark"], directory: suite.folder.url)
    #expect(none.status == 2)
  }

  /// Images of bytes would be scaled to [0, 1], unlike arrays of preprocessed values.
  @Test func preparedArraysAndImagesDoNotMix() throws {
    let text = SuiteFolder.suite.replacing("    preprocess: spec.json\n", with: "")
      .replacing("source: flat.npy", with: "source: prepared.npy").replacing("noise.npy", with: "bytes.npy")
    let suite = try SuiteFolder(text)
    try NumPyFile.write(
      (0..<3 * 32 * 32).map { Float($0 % 5) - 2 }, shape: [1, 3, 32, 32],
      to: suite.file("suites/prepared.npy"))
    try NumPyFile.write(
      [UInt8](repeating: 9, count: 32 * 32 * 3), shape: [1, 32, 32, 3], to: suite.file("suites/bytes.npy"))
    let outcome = try suite.run()
    #expect(outcome.status == 65 && outcome.output.isEmpty)
    #expect(
      outcome.messages.contains("suites/s.yaml:3: some of the images are float arrays"), "\(outcome.messages)"
    )
  }

  private func expectRefusal(_ suite: SuiteFolder, _ place: String, _ reason: String) throws {
    let outcome = try suite.run()
    #expect(outcome.status == 65 && outcome.output.isEmpty)
    #expect(outcome.messages.hasPrefix("oddity: \(place)"), "\(outcome.messages)")
    #expect(outcome.messages.contains(reason), "\(outcome.messages)")
    #expect(outcome.messages.count { $0 == "\n" } == 1, "\(outcome.messages)")
    let measurements = suite.file("out/measurements/net").path
    #expect(!FileManager.default.fileExists(atPath: measurements))
  }

  /// A network without logits, because its output is a feature map.
  private func writeEncoder(_ suite: SuiteFolder) throws {
    _ = try PythonReference.run(
      "encoder_model.py", arguments: [suite.file("suites/encoder.onnx").path])
  }
}

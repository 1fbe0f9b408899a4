import Foundation
import TestSupport

/// A separate folder with arrays of images and a suite that uses them. The command runs outside of it, so
/// that paths must be relative to the suite.
struct SuiteFolder {
  let folder: TemporaryFolder

  /// The fit and the evaluation share a source, whose images are dealt out between them.
  static let suite = """
    networks:
      - name: net
        model: net.onnx
        preprocess: spec.json
    id:
      fit: id.npy
      evaluate: id.npy
    ood:
      - name: noise
        source: noise.npy
      - name: flat
        source: flat.npy
    scores: [energy, featurenorm, msp, maxlogit]
    blocks: all
    seed: 4
    limit: 150
    alpha: 0.1

    """

  private static let images = Result {
    let folder = try TemporaryFolder()
    _ = try PythonReference.run("benchmark_reference.py", arguments: ["images", folder.url.path])
    return folder
  }

  init(_ suite: String = SuiteFolder.suite) throws {
    folder = try TemporaryFolder()
    try FileManager.default.createDirectory(at: file("suites"), withIntermediateDirectories: false)
    let images = try Self.images.get()
    for name in try images.contents() {
      try FileManager.default.createSymbolicLink(
        at: file("suites/\(name)"), withDestinationURL: images.url.appending(path: name))
    }
    try FileManager.default.copyItem(at: Fixtures.url("residual.dyn.onnx"), to: file("suites/net.onnx"))
    try write(#"{"mean": 0.5, "std": 0.25}"#, to: "spec.json")
    try write(suite, to: "s.yaml")
  }

  func file(_ path: String) -> URL { folder.url.appending(path: path) }

  /// Writes a file beside the suite.
  func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: file("suites/\(name)"))
  }

  func run(_ flags: String..., output: String = "out") throws -> CommandUnderTest.Outcome {
    try CommandUnderTest.run(
      ["benchmark", "suites/s.yaml", "--output", output] + flags, directory: folder.url)
  }

  func contents(_ path: String) throws -> Data { try Data(contentsOf: file(path)) }

  /// The time at which a measurement of the network `net` was written.
  func written(_ set: String) throws -> Date {
    let path = file("out/measurements/net/\(set).npy").path
    return try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date ?? .distantPast
  }
}

import Foundation
import Testing
import TestSupport

/// Spark from its package on PyPI: a master and two workers on loopback, with the examples as jobs.
@Suite(
  .enabled(if: Java.isThere, "Spark needs Java 17: apt-get install openjdk-17-jre-headless"), .serialized)
struct SparkTests {
  private let workshop: Workshop
  private let folder: TemporaryFolder

  init() throws {
    workshop = try Workshop.shared
    folder = try TemporaryFolder()
  }

  /// These jobs are too short for Java's second compiler, which takes more time than it saves.
  private static let java = ["JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"]

  private struct Scoring: Decodable {
    struct Way: Decodable {
      let rows, distinct, missing, strange, errors, differ, named: Int
      let errorsDiffer: Int
      let largest, pValues: Double
      let killed: Bool

      private enum CodingKeys: String, CodingKey {
        case rows, distinct, missing, strange, errors, differ, named, largest, killed
        case errorsDiffer = "errors_differ"
        case pValues = "p_values"
      }
    }

    let images: Int
    let ways: [String: Way]
  }

  /// Both ways over paths, archives and a table. In the last run, a worker is killed halfway.
  @Test func scoresAreThoseOfOddityScore() throws {
    try Data("no image".utf8).write(to: URL(filePath: folder.path("broken.jpg")))
    let files =
      (0..<160).map { workshop.folder.path("id/c\($0 % 10)/\(padded($0)).jpg") } + [folder.path("broken.jpg")]
    let list = folder.path("files")
    try Data(files.map { $0 + "\n" }.joined().utf8).write(to: URL(filePath: list))
    let ways = [
      "tars-pipe", "table-pipe", "paths-udf", "tars-udf", "paths-pipe-killed",
    ]
    let output = try PythonReference.run(
      "spark/scoring.py",
      arguments: [
        CommandUnderTest.executable.path, workshop.folder.path("guarded.onnx"), list, "--partitions", "6",
        "--ways",
        ways.joined(separator: ","),
      ], environment: Self.java)
    let scoring = try JSONDecoder().decode(Scoring.self, from: output)
    #expect(scoring.images == 161 && Set(scoring.ways.keys) == Set(ways))
    for (name, way) in scoring.ways {
      #expect(way.rows == 161 && way.distinct == 161 && way.missing == 0 && way.strange == 0, "\(name)")
      #expect(way.errors == 1 && way.errorsDiffer == 0, "\(name)")
      #expect(way.differ == 0 && way.named == 160, "\(name)")
      #expect(
        way.largest < (name.contains("pipe") ? 1e-6 : 1e-5) && way.pValues < 1e-6, "\(name): \(way.largest)")
    }
    #expect(scoring.ways["paths-pipe-killed"]?.killed == true)
  }

  private func padded(_ number: Int) -> String {
    String(String(1_000 + number).dropFirst())
  }

  /// Python's `tarfile` treats some of them as shorter archives.
  @Test func archivesThatAreCutShortAreTold() throws {
    let output = try PythonReference.run("spark/archives.py", arguments: [folder.url.path])
    let found = try JSONDecoder().decode([String: String].self, from: output)
    #expect(found["whole"] == "4" && found["unended"] == "4")
    for name in ["in a header", "in an image", "a damaged header"] {
      #expect(found[name].map { Int($0) } == .some(nil), "\(name): \(found[name] ?? "not tried")")
    }
  }

  @Test func aFitIsThatOfOneMachine() throws {
    let arguments = [
      "--id", workshop.folder.path("id"), "--calibration", workshop.folder.path("cal"), "--shards", "3", "--",
      "--preprocess", workshop.folder.path("spec.json"), "--labels", workshop.folder.path("names.txt"),
      "--score",
      "featurenorm,energy,msp,maxlogit", "--seed", "5",
    ]
    let guarded = folder.path("guarded.onnx")
    _ = try PythonReference.run(
      "spark/fitting.py",
      arguments: [CommandUnderTest.executable.path, Fixtures.url("residual.dyn.onnx").path, guarded]
        + arguments, environment: Self.java)
    let lines = try ["guarded.onnx", guarded].map {
      try workshop.oddity("score", $0, "odd", "new").jsonLines()
    }
    #expect(lines[0].count == lines[1].count && lines[0].count > 20)
    for (line, other) in zip(lines[0], lines[1]) {
      #expect(try abs(line.number("score") / other.number("score") - 1) < 1e-6)
      #expect(try line.number("p_value") == other.number("p_value"))
    }
  }
}

private enum Java {
  static var isThere: Bool { (try? CommandUnderTest.shell("java -version"))?.status == 0 }
}

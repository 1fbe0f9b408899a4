import Harness
import Imaging
import OddityBenchmark
import OddityModel

/// Suites, labels and scores: texts that users and other programs write.
enum TextFiles {
  static let targets: [FuzzTarget] = [
    FuzzTarget("suite") { _ = try Suite(contentsOf: InputFile.path(holding: $0, named: "suite.yaml")) },
    FuzzTarget("labels") { bytes in
      _ = try? LabelFile(path: InputFile.path(holding: bytes, named: "labels.csv")).indicesByPath()
      _ = try LabelFile(path: InputFile.path(holding: bytes, named: "labels.txt")).names()
    },
    FuzzTarget("scores") { _ = try ScoreFile(path: InputFile.path(holding: $0, named: "scores.jsonl")) },
  ]
}

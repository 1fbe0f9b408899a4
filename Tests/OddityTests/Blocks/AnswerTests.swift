import Foundation
import Imaging
import ONNXGraph
import OpenVINORuntime
import TestSupport
import Testing

@testable import Oddity

/// One classifier, with the answers and graphs that exporters make of it: its logits are found behind all of them.
struct AnswerTests {
  /// The networks that `answer_models.py` writes, and the energies of their logits by ONNX Runtime.
  struct Networks {
    let folder: TemporaryFolder
    let energies: [Float]

    init() throws {
      folder = try TemporaryFolder()
      let answer = try PythonReference.run("answer_models.py", arguments: [folder.url.path])
      energies = try JSONDecoder().decode([Float].self, from: answer)
    }

    func classifier(_ name: String, logits: String? = nil) throws -> Classifier {
      try Classifier(Model(contentsOf: url(name)), engine: Engine(), logits: logits)
    }

    func url(_ name: String) -> URL { folder.url.appending(path: "\(name).onnx") }

    func fit(_ name: String, logits: String? = nil) async throws -> Fit {
      var options = FitOptions()
      options.scores = [.energy]
      options.alpha = try Alpha(parsing: "0.2")
      options.logits = logits
      return try await Fit(
        model: url(name).path, inDistribution: [folder.url.appending(path: "images.npy").path],
        options: options)
    }
  }

  /// What the guarded file gives in ONNX Runtime.
  struct Checked: Decodable {
    let keepsOutputs: Bool
    let scores: [Float]
  }

  private static let names = [
    "plain", "topk", "argmax", "zipmap", "four-dimensions", "four-dimensions-softmax", "double", "final-relu",
    "early-exit-last", "unsorted", "names",
  ]

  /// In the engine here and in ONNX Runtime, where the classifier's own outputs stay as they are, bit for bit.
  @Test func theSameLogitsAreFoundBehindEveryAnswer() async throws {
    let networks = try Networks()
    for name in Self.names {
      let guarded = try await networks.fit(name).guarded
      #expect(guarded.metadata.classes == 3, "\(name)")
      try guarded.write(
        to: AtomicFile(path: networks.folder.url.appending(path: "guarded-\(name).onnx").path))
      let detector = try Detector(guarded, engine: Engine())
      var scores: [Float] = []
      try await detector.score(ImageSources.open(networks.folder.url.appending(path: "images.npy").path)) {
        scores.append(try $0.result.get().scores[0])
      }
      expectEqual(scores, networks.energies, name)
    }
    let checked = try JSONDecoder().decode(
      [String: Checked].self,
      from: PythonReference.run("answer_models.py", arguments: [networks.folder.url.path, "check"]))
    #expect(checked.keys.sorted() == Self.names.sorted())
    for (name, answer) in checked {
      #expect(answer.keepsOutputs, "\(name)")
      expectEqual(answer.scores, networks.energies, name)
    }
  }

  private func expectEqual(_ scores: [Float], _ expected: [Float], _ name: String) {
    let worst = zip(scores, expected).map { abs($0 - $1) }.max() ?? .infinity
    #expect(scores.count == expected.count && worst <= 1e-5, "\(name) is off by \(worst)")
  }

  /// What changes the classes behind an answer belongs to the logits, and so does what a user names.
  @Test func whatChangesTheClassesBelongsToTheLogits() throws {
    let networks = try Networks()
    let quantised = try networks.classifier("quantised-bias")
    #expect(["out", "sumd"].contains(quantised.head.logits) && quantised.head.features == "z")
    for name in ["without-background", "reordered", "reversed", "scaled-by-class", "softmax-of-sigmoid"] {
      #expect(try networks.classifier(name).head.logits == "out", "\(name)")
    }
    #expect(try networks.classifier("softmax-of-sigmoid").head.outputActivation == "Softmax")
    #expect(try networks.classifier("quantised-bias", logits: "sumd").head.logits == "sumd")
    #expect(try networks.classifier("topk", logits: "logits").head.logits == "logits")
  }

  @Test func anotherHeadIsToldAndCanBeTaken() async throws {
    let networks = try Networks()
    let fit = try await networks.fit("early-exit-last")
    let warning = try #require(fit.report.warnings.first { $0.code == .otherHeads })
    #expect(warning.text.contains("'logits' was taken") && warning.text.contains("--logits NAME"))
    #expect(warning.text.contains("'exit'"))
    #expect(fit.report.blocks.count == 2)
    let early = try await networks.fit("early-exit-last", logits: "exit")
    #expect(early.guarded.metadata.logits == "exit")
    #expect(early.report.blocks.count == 1)
    #expect(!early.report.warnings.contains { $0.code == .otherHeads })
  }

  @Test func classNamesOfTheFileAreUsedWhereTheyFit() async throws {
    let networks = try Networks()
    for name in ["names", "zipmap"] {
      #expect(try await networks.fit(name).guarded.metadata.labels == ["ant", "bee's", "cat"], "\(name)")
    }
    let fit = try await networks.fit("names-that-do-not-fit")
    #expect(fit.guarded.metadata.labels == nil)
    let warning = try #require(fit.report.warnings.first { $0.code == .classNamesIgnored })
    #expect(warning.text.contains("'names'") && warning.text.contains("2 names"))
  }

  @Test(arguments: [
    ("{0: 'a', 1: \"b'c\"}", ["a", "b'c"]), (#"{"0": "a", "1": "b"}"#, ["a", "b"]),
    ("['a', 'b']", ["a", "b"]),
    (#"{"a": 0, "b": 1}"#, ["a", "b"]), ("a,b", ["a", "b"]), ("a\nb", ["a", "b"]),
    ("{1: 'b', 0: 'a'}", ["a", "b"]),
    ("{0: 'a', 2: 'c'}", nil), ("{0: 'a'", nil), ("", nil),
  ])
  func namesAreReadAsWritersWriteThem(_ text: String, _ names: [String]?) {
    #expect(ClassNames.read(text) == names)
  }
}

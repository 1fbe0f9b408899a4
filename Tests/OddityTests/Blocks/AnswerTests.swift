import Foundation
import Imaging
import ONNXGraph
import Engines
import Testing
import TestSupport

@testable import OddityClassifier
@testable import OddityFiles
@testable import OddityFit
@testable import OddityModel
@testable import OddityScores
@testable import OddityStatistics

/// One classifier with various outputs and graphs that exporters write. Its logits are found for all of them.
struct AnswerTests {
  /// The networks that `answer_models.py` writes, and their results in ONNX Runtime.
  struct Networks {
    let folder: TemporaryFolder
    let known: Known

    /// The energies of the plain logits.
    var energies: [Float] { known.energies }

    init() throws {
      folder = try TemporaryFolder()
      let answer = try PythonReference.run("answer_models.py", arguments: [folder.url.path])
      known = try JSONDecoder().decode(Known.self, from: answer)
    }

    func classifier(_ name: String, logits: String? = nil) throws -> Classifier {
      try Classifier(Model(contentsOf: url(name)), engine: Engine(), logits: logits)
    }

    func url(_ name: String) -> URL { folder.url.appending(path: "\(name).onnx") }

    func fit(_ name: String, _ scores: [ScoreName] = [.energy], logits: String? = nil) async throws -> Fit {
      var options = FitOptions.paper
      options.scores = scores
      options.alpha = try Alpha(parsing: "0.2")
      options.logits = logits
      return try await Fit(
        model: url(name).path, inDistribution: [folder.url.appending(path: "images.npy").path],
        options: options)
    }
  }

  struct Known: Decodable {
    let energies: [Float]
    /// The energies of the logits (−x/2, x/2).
    let twoClassEnergies: [Float]
    /// The networks' own answers for the images, by their names.
    let answers: [String: Answer]
    /// The name in the error for each network.
    let refused: [String: String]
  }

  struct Answer: Decodable {
    let classes: [Int]
    let confidences: [Double]
  }

  /// The results of the guarded file in ONNX Runtime.
  struct Checked: Decodable {
    let keepsOutputs: Bool
    let scores: [Float]
    /// Whether the class and the confidence that `Examples/python` reads from the outputs are correct; nil if
    /// it gives none.
    let tellsClass: String?
  }

  /// Written once for all tests.
  private static let shared = Result { try Networks() }

  private static let names = [
    "plain", "topk", "argmax", "zipmap", "four-dimensions", "four-dimensions-softmax", "double", "final-relu",
    "early-exit-last", "unsorted", "names", "two-reciprocal",
  ]

  /// Networks whose outputs do not certainly contain a class and its probability, so none may be read from
  /// them.
  private static let namesWithoutClass: Set = ["topk", "argmax", "zipmap", "final-relu"]

  /// In the engine and in ONNX Runtime, which must not change any bit of the classifier's own outputs.
  @Test func theSameLogitsAreFoundBehindEveryAnswer() async throws {
    let networks = try Self.shared.get()
    for name in Self.names {
      let guarded = try await networks.fit(name).guarded
      let energies = name.hasPrefix("two") ? networks.known.twoClassEnergies : networks.energies
      #expect(guarded.metadata.classes == (name.hasPrefix("two") ? 2 : 3), "\(name)")
      try guarded.write(
        to: AtomicFile(path: networks.folder.url.appending(path: "guarded-\(name).onnx").path))
      let detector = try Detector(guarded, engine: Engine())
      var scores: [Float] = []
      try await detector.score(ImageSources.open(networks.folder.url.appending(path: "images.npy").path)) {
        scores.append(try $0.result.get().score)
      }
      expectEqual(scores, energies, name)
    }
    let checked = try JSONDecoder().decode(
      [String: Checked].self,
      from: PythonReference.run("answer_models.py", arguments: [networks.folder.url.path, "check"]))
    #expect(checked.keys.sorted() == Self.names.sorted())
    for (name, answer) in checked {
      #expect(answer.keepsOutputs, "\(name)")
      #expect(answer.tellsClass == (Self.namesWithoutClass.contains(name) ? nil : "right"), "\(name)")
      let energies = name.hasPrefix("two") ? networks.known.twoClassEnergies : networks.energies
      expectEqual(answer.scores, energies, name)
    }
  }

  private func expectEqual(_ scores: [Float], _ expected: [Float], _ name: String) {
    let worst = zip(scores, expected).map { abs($0 - $1) }.max() ?? .infinity
    #expect(scores.count == expected.count && worst <= 1e-5, "\(name) is off by \(worst)")
  }

  /// For any form of the answer, class and confidence are those of the network in ONNX Runtime.
  @Test func classAndConfidenceAreTheNetworksOwn() async throws {
    let networks = try Self.shared.get()
    let images = try ImageSources.open(networks.folder.url.appending(path: "images.npy").path)
    let (again, measured) = (
      networks.known.answers.filter { Self.isOneOfManyForms($0.key) },
      networks.known.answers.filter { !Self.isOneOfManyForms($0.key) }
    )
    #expect(again.count == 10 && measured.count > 20)
    for name in again.keys {
      let classifier = try networks.classifier(name)
      let isOfLabels = name.hasPrefix("labels")
      #expect(classifier.headKind == (isOfLabels ? .sigmoid : .softmax), "\(name)")
      #expect(classifier.classes == (isOfLabels ? 3 : 2) && classifier.head.features == "z", "\(name)")
    }
    for (name, answer) in measured {
      // W and b are read if the logits are not the output of the layer.
      let readsHead = ["split", "two-reversed"].contains(name)
      let guarded = try await networks.fit(name, readsHead ? [.msp, ScoreName(parsing: "react")] : [.msp])
        .guarded
      var scored: [ScoredImage] = []
      try await Detector(guarded, engine: Engine()).score(images) { scored.append(try $0.result.get()) }
      #expect(scored.map(\.classIndex) == answer.classes, "\(name)")
      let worst = zip(scored, answer.confidences).map { abs($0.confidence - $1) }.max() ?? .infinity
      #expect(scored.count == answer.confidences.count && worst <= 1e-5, "\(name) is off by \(worst)")
    }
  }

  /// Sigmoids are written in many forms. Some networks are run, and for the others only the graph is checked.
  private static func isOneOfManyForms(_ name: String) -> Bool {
    ["divided", "power", "shifted-tanh", "sigmoid", "tanh"].contains {
      ["labels-\($0)", "two-\($0)"].contains(name)
    }
  }

  @Test func answersWithoutLogitsAreRefusedByName() async throws {
    let networks = try Self.shared.get()
    for (name, sign) in networks.known.refused {
      let error = #expect(throws: OddityError.self, "\(name)") { try networks.classifier(name) }
      #expect(error?.code == .noHead)
      #expect(
        error?.message.contains(sign) == true && error?.message.contains("`logits: ") == true, "\(name)")
    }
    let meant = try networks.classifier("refused-tanh", logits: "out")
    #expect(meant.head.logits == "out" && meant.features == nil)
    #expect(try networks.classifier("refused-tanh", logits: "logits").head.features == "z")
  }

  @Test(arguments: [
    ("clipped-at-ten", "out", nil), ("clipped-at-six", "out", nil),
    ("projected", "logits", "by its name"), ("projected-softmax", "logits", "because a softmax"),
    ("beside-one-logit", "y", "because it has several classes"),
    ("split", "out", "because it is the deepest"),
  ])
  func theHeadIsChosenAndTheReasonTold(_ name: String, _ logits: String, _ reason: String?) throws {
    let classifier = try Self.shared.get().classifier(name)
    #expect(classifier.head.logits == logits)
    #expect((classifier.otherHeadsNote == nil) == (reason == nil))
    if let reason { #expect(classifier.otherHeadsNote?.contains(reason) == true) }
  }

  /// A tensor that a user names leads to the logits, and so does an activation before a softmax.
  @Test func whatIsNamedBelongsToTheLogits() throws {
    let networks = try Self.shared.get()
    let quantised = try networks.classifier("quantised-bias")
    #expect(["out", "sumd"].contains(quantised.head.logits) && quantised.head.features == "z")
    #expect(try networks.classifier("softmax-of-sigmoid").head.logits == "out")
    #expect(try networks.classifier("softmax-of-sigmoid").head.outputActivation == "Softmax")
    #expect(try networks.classifier("quantised-bias", logits: "sumd").head.logits == "sumd")
    #expect(try networks.classifier("topk", logits: "logits").head.logits == "logits")
  }

  @Test func anotherHeadIsToldAndCanBeTaken() async throws {
    let networks = try Self.shared.get()
    let fit = try await networks.fit("early-exit-last")
    let warning = try #require(fit.report.warnings.first { $0.code == .otherHeads })
    #expect(warning.text.contains("Oddity chose 'logits'") && warning.text.contains("`logits: NAME`"))
    #expect(warning.text.contains("'exit'"))
    #expect(fit.report.blocks.count == 2)
    let early = try await networks.fit("early-exit-last", logits: "exit")
    #expect(early.guarded.metadata.logits == "exit")
    #expect(early.report.blocks.count == 1)
    #expect(!early.report.warnings.contains { $0.code == .otherHeads })
  }

  @Test func classNamesOfTheFileAreUsedWhereTheyFit() async throws {
    let networks = try Self.shared.get()
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

import Foundation
import Testing
import TestSupport

/// `oddity verify`.
@Suite struct VerifyCommandTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop.shared }

  @Test(arguments: [
    "residual.dyn.onnx", "float16.ts.onnx", "fixed_batch.ts.onnx", "nhwc.ts.onnx", "grey.ts.onnx",
  ])
  func oddityAndONNXRuntimeVerify(_ network: String) throws {
    let guarded = "verified-\(network)"
    let preprocessing = network.hasPrefix("grey") ? "grey.json" : "spec.json"
    let fit = try workshop.fit(
      network, "--preprocess", preprocessing, "--score", "energy,featurenorm,knn+norm", to: guarded)
    #expect(fit.status == 0, "\(fit.messages)")
    let own = try workshop.oddity("verify", guarded, "--json")
    #expect(try own.status == 0 && own.json().truth("verified"))
    let scores = try PythonReference.run(
      "../../Examples/python/verify_guarded.py", arguments: [workshop.folder.path(guarded)])
    try scores.write(to: workshop.folder.url.appending(path: "\(guarded).txt"))
    let other = try workshop.oddity(
      "verify", guarded, "--scores", "\(guarded).txt", "--tolerance", "1e-5", "--json")
    #expect(other.status == 0, "\(other.output)")
    #expect(
      try other.json().objects("scores").map { try $0.text("name") } == ["energy", "featurenorm", "knn+norm"])
  }

  @Test func allEnginesAreCompared() throws {
    let outcome = try workshop.oddity(
      "verify", "guarded.onnx", "--all-engines", "--tolerance", "1e-4", "--json")
    #expect(outcome.status == 0, "\(outcome.messages)")
    let runs = try outcome.json().objects("engines")
    #expect(try Set(runs.map { try $0.text("engine") }) == ["openvino", "onnxruntime"])
    for run in runs {
      #expect(try run.object("report").truth("verified"))
      #expect(try !run.text("version").isEmpty && !run.text("device").isEmpty)
    }
    let text = try workshop.oddity("verify", "guarded.onnx", "--all-engines").output
    #expect(text.contains("openvino ") && text.contains("onnxruntime ") && text.contains(" on cpu\n"))
    let strict = try workshop.oddity("verify", "guarded.onnx", "--all-engines", "--tolerance", "1e-12")
    #expect(strict.status == 1 && strict.output.contains("not verified"))
  }

  @Test(arguments: [["--engine", "openvino"], ["--device", "cpu"], ["--scores", "x.txt"]])
  func allEnginesAreAll(flags: [String]) throws {
    let outcome = try workshop.oddity(["verify", "guarded.onnx", "--all-engines"] + flags)
    #expect(outcome.status == 2 && outcome.messages.contains("leave "))
  }

  /// The lines of `verify_guarded.py`, with changed scores in the fourth line.
  private func changedScores(_ change: (inout [String: Any]) -> Void) throws -> String {
    let scores = try PythonReference.run(
      "../../Examples/python/verify_guarded.py", arguments: [workshop.folder.path("guarded.onnx")])
    var lines = try String(decoding: scores, as: UTF8.self).jsonLines()
    var named = try lines[3].object("scores")
    change(&named)
    lines[3]["scores"] = named
    return try lines.map { String(decoding: try JSONSerialization.data(withJSONObject: $0), as: UTF8.self) }
      .joined(separator: "\n")
  }

  private func verified(_ scores: String, _ flags: String...) throws -> CommandUnderTest.Outcome {
    let name = "scores-\(UUID().uuidString).txt"
    try Data(scores.utf8).write(to: workshop.folder.url.appending(path: name))
    return try workshop.oddity(["verify", "guarded.onnx", "--scores", name] + flags)
  }

  @Test func aScoreThatIsOffIsFound() throws {
    let off = try changedScores { $0["energy"] = 100 }
    let outcome = try verified(off, "--json")
    #expect(outcome.status == 1)
    let reports = try outcome.json().objects("scores")
    #expect(try reports.map { try $0.numbers("failed_inputs") } == [[], [3], [], []])
    let text = try verified(off).output
    #expect(
      text.contains("not verified: energy is off by more than")
        && text.contains("; the calibrated score featurenorm is within"))
    #expect(!text.contains("--calibration-scores"))
    let few = try workshop.oddity("verify", "guarded.onnx", "--scores", "few.txt")
    #expect(few.status == 65 && few.messages.contains("cannot read the scores few.txt"))
  }

  /// A recalibration is advised if the calibrated score differs and is a number.
  @Test func theWayOutDependsOnWhatIsOff() throws {
    let off = try verified(changedScores { $0["featurenorm"] = 100 })
    #expect(off.status == 1 && off.output.contains("--calibration-scores"))
    let none = try verified(changedScores { $0["featurenorm"] = NSNull() })
    #expect(none.status == 1 && none.output.contains("featurenorm is not a number"))
    #expect(!none.output.contains("--calibration-scores"))
  }

  @Test func scoresThatTheModelLacksAreNamed() throws {
    let further = try verified(changedScores { $0["knn"] = 1 })
    #expect(further.status == 0 && further.messages.contains("also holds knn, which are not compared"))
    let others = try verified(
      Array(repeating: "{\"score\": 1, \"scores\": {\"knn\": 1}}\n", count: 16).joined())
    #expect(
      others.status == 65 && others.messages.contains("holds the scores knn, which the model does not have"))
  }
}

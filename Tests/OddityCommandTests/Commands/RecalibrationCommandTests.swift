import Foundation
import Testing
import TestSupport

/// `oddity fit --from` and `--calibration-by`, and their error messages and those of `oddity verify`.
@Suite struct RecalibrationCommandTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop.shared }

  @Test func anotherRateMovesTheThreshold() throws {
    let scores = try workshop.oddity("score", "guarded.onnx", "cal").jsonLines().map {
      try $0.number("score")
    }
    let report = try workshop.oddity(
      "fit", "--from", "guarded.onnx", "--alpha", "0.1", "-o", "tenth.onnx", "--json"
    ).json()
    #expect(
      Set(report.keys) == [
        "score", "alpha", "confidence", "threshold", "false_alarm_interval", "calibration_by",
        "calibration_groups",
        "calibration_images", "known_images", "new_images", "warning", "warnings",
        "output",
      ])
    #expect(try abs(report.number("threshold") - scores.sorted()[9]) < 1e-5)
    #expect(try report.number("known_images") == 99 && report.number("new_images") == 0)
    let facts = try workshop.oddity("inspect", "tenth.onnx", "--json").json()
    #expect(try facts.text("alpha") == "0.1" && facts.number("calibration_rank") == 10)
  }

  @Test func calibrationScoresOfTheCommandItself() throws {
    let lines = try workshop.oddity("score", "guarded.onnx", "cal").output
    try Data(lines.utf8).write(to: workshop.folder.url.appending(path: "scores.jsonl"))
    let outcome = try workshop.oddity(
      "fit", "--from", "guarded.onnx", "--calibration-scores", "scores.jsonl", "--output", "scored.onnx",
      "--json")
    let report = try outcome.json()
    #expect(try report.number("threshold") == workshop.fit.json().number("threshold"))
    #expect(try report.number("known_images") == 0 && report.number("new_images") == 99)
  }

  @Test func byClassSaysTheGroups() throws {
    let arguments = Workshop.fitByClassArguments + ["--output", "class.onnx"]
    let outcome = try workshop.oddity(arguments + ["--json"])
    let report = try outcome.json()
    let groups = try report.objects("calibration_groups")
    #expect(try report.text("calibration_by") == "class" && groups.count == 2)
    #expect(try groups.reduce(0) { try $0 + $1.number("calibration_images") } == 99)
    #expect(try Set(groups.flatMap { try $0.numbers("classes") }).count == 10)
    let text = try workshop.oddity(arguments)
    #expect(text.output.contains("thresholds by predicted class"))
    #expect(try workshop.oddity("inspect", "class.onnx").output.contains("by predicted class, of"))
  }

  @Test func aSingleGroupIsSaid() throws {
    let outcome = try workshop.oddity(
      "fit", "--from", "guarded.onnx", "--calibration-by", "class", "--alpha", "0.02", "-o", "one.onnx")
    #expect(outcome.status == 0 && outcome.messages.contains("all 10 classes form one group"))
    #expect(outcome.output.contains("2.00 % false alarms; one group of all 10 classes; in the long run this"))
    #expect(try workshop.oddity("inspect", "one.onnx").output.contains("of one group of all 10 classes\n"))
  }

  @Test func logitsThatAreNotThereAreNamed() throws {
    _ = try PythonReference.run(
      "edit_metadata.py",
      arguments: [
        workshop.folder.path("guarded.onnx"), workshop.folder.path("lost.onnx"), "logits=\"nowhere\"",
      ])
    let outcome = try workshop.oddity("fit", "--from", "lost.onnx", "--alpha", "0.1", "-o", "x.onnx")
    #expect(outcome.status == 65 && outcome.messages.contains("lost.onnx has no tensor 'nowhere'"))
  }

  @Test func aConfidenceIsSaidAndDropped() throws {
    let with = try workshop.oddity(
      "fit", "--from", "guarded.onnx", "--confidence", "0.9", "--alpha", "0.1", "-o", "sure.onnx")
    #expect(with.status == 0 && with.output.contains("10.00 % false alarms with confidence 0.9;"))
    let without = try workshop.oddity(
      "fit", "--from", "sure.onnx", "--confidence", "none", "-o", "unsure.onnx", "--json")
    #expect(try without.json()["confidence"] is NSNull && without.status == 0)
  }

  @Test func scoresOfAnotherEngineAreToldByInspect() throws {
    let lines = try workshop.oddity("score", "guarded.onnx", "cal").output
    try Data(lines.utf8).write(to: workshop.folder.url.appending(path: "other.jsonl"))
    _ = try workshop.oddity(
      "fit", "--from", "guarded.onnx", "--calibration-scores", "other.jsonl", "--output", "other.onnx")
    #expect(try workshop.oddity("inspect", "other.onnx").output.contains("99, from scores of another engine"))
    #expect(
      try workshop.oddity("inspect", "other.onnx", "--json").json().text("calibration_origin") == "scores")
    let mixed = try workshop.oddity("fit", "--from", "other.onnx", "--calibration", "cal", "-o", "mixed.onnx")
    #expect(
      mixed.status == 2 && mixed.messages.contains("cannot be combined with scores of this one"),
      "\(mixed.messages)")
  }

  @Test(arguments: [
    (["fit", "--from", "guarded.onnx", "model.onnx", "-o", "x.onnx"], "leave model.onnx out"),
    (["fit", "--from", "guarded.onnx", "--id", "id", "-o", "x.onnx"], "--id changes how a model is fitted"),
    (
      ["fit", "--from", "guarded.onnx", "--score", "energy", "-o", "x.onnx"],
      "--score changes how a model is fitted"
    ),
    (
      ["fit", "--from", "guarded.onnx", "--seed", "4", "-o", "x.onnx"], "--seed changes how a model is fitted"
    ),
    (["fit", "--from", "guarded.onnx", "-o", "guarded.onnx"], "would replace the input"),
    (["fit", "--from", "guarded.onnx", "-o", "x.onnx"], "--from changes nothing by itself"),
    (["fit", "--from", "guarded.onnx", "--confidence", "2", "-o", "x.onnx"], "such as 0.95, or none"),
    (
      ["fit", "--from", "guarded.onnx", "--reset-calibration", "-o", "x.onnx"],
      "pass new ones with --calibration"
    ),
    (["fit", "model.onnx", "--id", "id", "--reset-calibration", "-o", "x.onnx"], "needs --from"),
    (["fit", "model.onnx", "--id", "id", "--calibration-scores", "s", "-o", "x.onnx"], "needs --from"),
    (["fit", "--id", "id", "-o", "x.onnx"], "name the classifier"),
    (["fit", "model.onnx", "-o", "x.onnx"], "--id is missing"),
    (["fit", "model.onnx", "--id", "id", "--calibration-by", "label", "-o", "x.onnx"], "calibration-by"),
    (["verify", "guarded.onnx", "--tolerance", "0"], "--tolerance 0"),
    (["verify", "guarded.onnx", "--inputs", "-"], "--inputs cannot write to standard output"),
  ])
  func mistakesAreUsageErrors(_ arguments: [String], _ message: String) throws {
    let outcome = try workshop.oddity(arguments)
    #expect(outcome.status == 2 && outcome.messages.contains(message), "\(outcome.messages)")
  }
}

import Foundation
import Testing
import TestSupport

@testable import OddityScores

/// `oddity scores`, and the related flags of `fit`.
struct ScoresCommandTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop.shared }

  @Test func everyScoreIsListed() throws {
    let table = try workshop.oddity("scores")
    #expect(table.status == 0 && table.messages.isEmpty)
    for score in Scores.all { #expect(table.output.contains("\n\(score.name) ")) }
    let json = try workshop.oddity("scores", "--json").output.json()
    let entries = try #require(json["scores"] as? [[String: Any]])
    #expect(entries.compactMap { $0["name"] as? String } == Scores.all.map(\.name))
    #expect(entries.allSatisfy { $0["norm"] is String && $0["parameters"] is [[String: Any]] })
  }

  @Test func oneScoreHasItsParameters() throws {
    let text = try workshop.oddity("scores", "react").output
    #expect(text.contains("--set react.percentile=VALUE") && text.contains("0 to 100 (default: 90)"))
    let unknown = try workshop.oddity("scores", "nearest")
    #expect(unknown.status == 2 && unknown.messages.contains("the scores are featurenorm"))
  }

  @Test(arguments: [
    ("knn+norm", ["knn: ", "--set knn.K=VALUE", "distance: knn+norm is divided by FeatureNorm"]),
    ("auto", ["auto: chooses the score"]), ("ensemble", ["ensemble(A/B/…): mean of several scores"]),
    ("knn*std@1", ["knn: ", "*std: ", "--set *std.percentile=VALUE", "knn*max divide it by"]),
    ("*max", ["NAME*max is the score NAME times"]),
    ("ensemble(energy/knn+norm)", ["ensemble(A/B/…): ", "\nenergy: ", "\nknn: "]),
  ])
  func whatIsMadeOfScoresIsDescribed(_ name: String, _ parts: [String]) throws {
    let outcome = try workshop.oddity("scores", name)
    #expect(outcome.status == 0 && parts.allSatisfy(outcome.output.contains), "\(outcome.output)")
    #expect(try workshop.oddity("scores", name, "--json").status == 0)
  }

  @Test func parametersAndCompositionsReachTheGuardedModel() throws {
    let outcome = try workshop.fit(
      "residual.dyn.onnx", "--score", "react,knn,featurenorm", "--with-selected-norm", "--set",
      "react.percentile=95", "--set", "knn.K=2", to: "composed.onnx")
    #expect(outcome.status == 0, "\(outcome.messages)")
    #expect(outcome.messages.contains("--with-selected-norm has no effect on featurenorm, "))
    let metadata = try workshop.oddity("inspect", "composed.onnx", "--json").output.json()
    let names = ["react", "react+norm", "knn", "knn+norm", "featurenorm"]
    #expect(metadata["scores"] as? [String] == names)
    let states = try #require(metadata["state"] as? [[String: Any]])
    #expect(states.compactMap { $0["name"] as? String } == names)
    #expect((states[2]["values"] as? [String: Any])?["K"] as? Double == 2)
    let text = try workshop.oddity("inspect", "composed.onnx").output
    #expect(text.contains("c = ") && text.contains("K = 2, bank"))
    let line = try #require(
      workshop.oddity("score", "composed.onnx", "id", "--format", "jsonl").jsonLines().first)
    let scored = try Set(line.object("scores").keys)
    #expect(scored == Set(names))
  }

  @Test(arguments: [
    (["--set", "react"], "NAME.PARAM=VALUE"),
    (["--set", "react.percentile=200", "--score", "react"], "0 to 100"),
    (["--set", "knn.K=3", "--score", "energy"], "knn is not among the scores"),
    (["--score", "knn", "--set", "knn.K=100000"], "a whole number from 1 to"),
    (["--score", "energy,auto"], "name auto first"),
  ])
  func badParametersAreUsageErrors(flags: [String], reason: String) throws {
    let outcome = try workshop.oddity(
      ["fit", Fixtures.url("residual.dyn.onnx").path, "--id", "id", "--output", "bad.onnx"] + flags)
    #expect(outcome.status == 2 && outcome.messages.contains(reason), "\(outcome.messages)")
  }

  @Test func autoSaysThatItHadTooFewImagesToChoose() throws {
    let outcome = try workshop.fit(
      "residual.dyn.onnx", "--score", "auto", "--report", "few.html", to: "few.onnx")
    #expect(outcome.status == 0, "\(outcome.messages)")
    #expect(
      outcome.output.contains(
        "auto took energy+norm without a comparison: choosing or fusing scores needs at least 60 images"))
    #expect(
      try workshop.oddity("inspect", "few.onnx").output.contains("auto took energy+norm without a comparison")
    )
    let report = try String(contentsOf: workshop.folder.url.appending(path: "few.html"), encoding: .utf8)
    #expect(report.contains("auto chose the score energy+norm without a comparison"))
  }

  @Test func autoSaysWhatItChose() throws {
    try workshop.makeWaves("waves.npy")
    let outcome = try workshop.oddity(
      "fit", Fixtures.url("residual.dyn.onnx").path, "--id", "waves.npy", "--score", "auto", "--report",
      "auto.html",
      "--output", "auto.onnx")
    #expect(outcome.status == 0, "\(outcome.messages)")
    #expect(outcome.output.contains("auto's candidates") && outcome.output.contains("chosen: "))
    let chosen = try #require(
      workshop.oddity("inspect", "auto.onnx", "--json").output.json()["score"] as? String)
    #expect(outcome.output.contains("chosen: \(chosen)"))
    let report = try String(contentsOf: workshop.folder.url.appending(path: "auto.html"), encoding: .utf8)
    #expect(
      report.contains("auto chose the score \(chosen)") && report.contains(": of all candidates it has"))
    let inspected = try workshop.oddity("inspect", "auto.onnx").output
    #expect(inspected.contains("auto's candidates") && inspected.contains("fusion"))
  }
}

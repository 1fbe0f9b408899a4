import Foundation
import Testing
import TestSupport

/// `oddity score`: the documented fields, formats and flags.
@Suite struct ScoreCommandTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop.shared }

  @Test func aLineHasTheContractsFields() throws {
    let outcome = try workshop.oddity("score", "guarded.onnx", "odd", "id/c3")
    #expect(outcome.status == 0 && outcome.messages.isEmpty)
    let lines = try outcome.jsonLines()
    #expect(lines.count == 36)
    for line in lines {
      #expect(
        Set(line.keys)
          == ["input", "score", "p_value", "outlier", "class", "label", "confidence", "scores"])
      #expect(try Set(line.object("scores").keys) == ["featurenorm", "energy", "msp", "maxlogit"])
      #expect(try line.number("score") == line.object("scores").number("featurenorm"))
      #expect(try line.text("label") == "c\(Int(line.number("class")))")
      #expect(
        try (0.1...1).contains(line.number("confidence")) && (0.01...1).contains(line.number("p_value")))
      // msp is the log-odds of the confidence.
      let confidence = try line.number("confidence")
      #expect(try abs(log(confidence / (1 - confidence)) - line.object("scores").number("msp")) < 1e-3)
    }
  }

  @Test func oneScoreHasNoListOfScoresAndNoNamesHaveNoLabels() throws {
    _ = try workshop.fit("vgg.ts.onnx", to: "single.onnx")
    let line = try workshop.oddity("score", "single.onnx", "odd/00.jpg").jsonLines()[0]
    #expect(Set(line.keys) == ["input", "score", "p_value", "outlier", "class", "label", "confidence"])
    #expect(line.isNull("label"))
  }

  @Test func resultsAreInTheOrderOfTheInputsWhateverTheBatch() throws {
    let sources = ["odd/05.jpg", "id/c7", "odd.tar", "many.npy", "odd/05.jpg", "cal"]
    let first = try workshop.oddity(
      ["score", "guarded.onnx"] + sources + ["--batch", "1", "--threads", "1"])
    let lines = try first.jsonLines()
    #expect(lines.count == 1 + 16 + 3 + 600 + 1 + 99)
    #expect(try lines[0].text("input") == "odd/05.jpg" && lines[20].text("input") == "many.npy#0")
    #expect(try lines[620].text("input") == "odd/05.jpg")
    for batch in ["7", "64"] {
      let again = try workshop.oddity(["score", "guarded.onnx"] + sources + ["--batch", batch]).jsonLines()
      #expect(try again.map { try $0.text("input") } == lines.map { try $0.text("input") })
      for (line, known) in zip(again, lines) where known["error"] == nil {
        #expect(try abs(line.number("score") - known.number("score")) <= 1e-5 * known.number("score"))
      }
    }
  }

  @Test func listsAndStandardInputNameImages() throws {
    let paths = ["odd/03.jpg", "cal/000.png", "odd/01.jpg"]
    let direct = try workshop.oddity(["score", "guarded.onnx"] + paths)
    #expect(direct.status == 0)
    let piped = try workshop.oddity(
      "score", "guarded.onnx", "-", input: paths.joined(separator: "\n") + "\n\n")
    let inputs = try piped.jsonLines().map { try $0.text("input") }
    #expect(piped.status == 0 && inputs == paths)
    for (line, known) in zip(try piped.jsonLines(), try direct.jsonLines()) {
      #expect(try abs(line.number("score") - known.number("score")) < 1e-5)
    }
    let listed = try workshop.oddity("score", "guarded.onnx", "@list.txt").jsonLines()
    #expect(try listed.map { try $0.text("input") } == ["odd/01.jpg", "folder.jpg", "odd/00.jpg"])
  }

  @Test func csvHoldsTheSameNumbers() throws {
    let lines = try workshop.oddity("score", "guarded.onnx", "odd").jsonLines()
    let csv = try workshop.oddity("score", "guarded.onnx", "odd", "--format", "csv")
    let rows = csv.output.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    #expect(
      rows[0]
        == [
          "input", "score", "p_value", "outlier", "class", "label", "confidence", "score.featurenorm",
          "score.energy",
          "score.msp", "score.maxlogit", "error",
        ])
    #expect(rows.count == 21 && rows.allSatisfy { $0.count == 12 })
    for (row, line) in zip(rows.dropFirst(), lines) {
      #expect(try row[0] == line.text("input") && row[3] == "\(line.truth("outlier"))")
      #expect(try Double(row[1]) == line.number("score") && Double(row[2]) == line.number("p_value"))
      #expect(try row[5] == line.text("label") && Double(row[9]) == line.object("scores").number("msp"))
    }
  }

  @Test func theTableIsForPeople() throws {
    let table = try workshop.oddity("score", "guarded.onnx", "odd", "--format", "table")
    let rows = table.output.split(separator: "\n")
    #expect(rows.count == 21 && rows[0].hasPrefix("p-value  verdict  confidence  class"))
    #expect(rows[1].hasSuffix("  odd/00.jpg") && rows.dropFirst().allSatisfy { $0.contains("OUTLIER") })
  }

  @Test func onlyOutliersAreTheOutliersAndTheErrors() throws {
    let sources = ["odd", "id/c0", "bad/text.jpg"]
    let all = try workshop.oddity(["score", "guarded.onnx"] + sources).jsonLines()
    let some = try workshop.oddity(["score", "guarded.onnx", "--only-outliers"] + sources)
    #expect(some.status == 1)
    let expected = try all.filter { $0["error"] != nil ? true : try $0.truth("outlier") }
    #expect(try some.jsonLines().map { try $0.text("input") } == expected.map { try $0.text("input") })
    #expect((21..<all.count).contains(expected.count))
  }

  @Test func outputGoesToAFileThatStaysWithBadImagesToo() throws {
    let printed = try workshop.oddity("score", "guarded.onnx", "odd", "bad")
    let written = try workshop.oddity("score", "guarded.onnx", "odd", "bad", "--output", "lines.jsonl")
    #expect(written.status == 1 && written.output.isEmpty)
    let file = try Data(contentsOf: workshop.folder.url.appending(path: "lines.jsonl"))
    #expect(String(decoding: file, as: UTF8.self) == printed.output)
    #expect(
      try workshop.oddity("score", "guarded.onnx", "odd", "--output", "-").output.hasPrefix("{\"input\""))
  }
}

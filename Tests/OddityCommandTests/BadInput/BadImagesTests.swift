import Foundation
import Testing
import TestSupport

/// A bad image among many is reported in its place, with its name and advice. The others are scored.
@Suite struct BadImagesTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop.shared }

  /// Every bad image of the folder `bad`, with a part of its message.
  static let reasons = [
    ("bad/cut.jpg", "truncated JPEG; copy or download it again"),
    ("bad/cut.png", "truncated PNG; copy or download it again"),
    ("bad/dangling.jpg", "cannot be read"), ("bad/empty.jpg", "is empty; remove it or replace it"),
    ("bad/enormous.png", "60000×60000 pixels"), ("bad/text.jpg", "is not an image"),
  ]

  @Test func scoreReportsThemInTheirPlaces() throws {
    let outcome = try workshop.oddity("score", "guarded.onnx", "odd/00.jpg", "bad", "odd/01.jpg")
    #expect(outcome.status == 1)
    let lines = try outcome.jsonLines()
    #expect(try lines.map { try $0.text("input") } == ["odd/00.jpg"] + Self.reasons.map(\.0) + ["odd/01.jpg"])
    #expect(lines[0]["error"] == nil && lines[7]["error"] == nil)
    for (line, (name, reason)) in zip(lines[1...6], Self.reasons) {
      #expect(Set(line.keys) == ["input", "error"])
      let error = try line.text("error")
      #expect(error.contains(name) && error.contains(reason))
      #expect(outcome.messages.contains("oddity: warning: \(error)\n"))
    }
  }

  @Test func anEnormousImageIsRefusedFast() throws {
    let start = ContinuousClock.now
    let outcome = try workshop.oddity("score", "guarded.onnx", "bad/enormous.png")
    #expect(outcome.status == 1 && .now - start < .seconds(10))
  }

  @Test func tablesAndCSVHaveThemToo() throws {
    let table = try workshop.oddity("score", "guarded.onnx", "bad", "--format", "table")
    #expect(table.status == 1)
    #expect(table.output.split(separator: "\n").count { $0.hasPrefix("error: 'bad/") } == 6)
    let csv = try workshop.oddity("score", "guarded.onnx", "bad", "--format", "csv")
    #expect(csv.status == 1)
    #expect(csv.output.contains("\nbad/empty.jpg,,,,,,,,,,,'bad/empty.jpg' is empty"))
  }

  /// Separate names, as a shell expands *.jpg.
  @Test func imagesNamedOneByOneDoNotStopEachOther() throws {
    let paths = ["odd/00.jpg", "absent.jpg", "bad/dangling.jpg", "bad/cut.jpg", "odd/01.jpg"]
    let outcome = try workshop.oddity(["score", "guarded.onnx"] + paths)
    #expect(outcome.status == 1)
    let lines = try outcome.jsonLines()
    #expect(try lines.map { try $0.text("input") } == paths)
    #expect(lines.map { $0["error"] == nil } == [true, false, false, false, true])
    #expect(try lines[1].text("error").contains("'absent.jpg' cannot be read"))
  }

  @Test func aFolderInAListIsNoImage() throws {
    let outcome = try workshop.oddity("score", "guarded.onnx", "@list.txt")
    #expect(outcome.status == 1)
    let lines = try outcome.jsonLines()
    #expect(try lines.map { try $0.text("input") } == ["odd/01.jpg", "folder.jpg", "odd/00.jpg"])
    #expect(try lines[1].text("error").contains("'folder.jpg' is a folder, not a file"))
  }

  @Test func anArchiveGoesOnAfterThem() throws {
    let outcome = try workshop.oddity("score", "guarded.onnx", "odd.tar")
    #expect(outcome.status == 1)
    let lines = try outcome.jsonLines()
    #expect(try lines.map { try $0.text("input") } == ["odd.tar/b.jpg", "odd.tar/a.jpg", "odd.tar/bad.jpg"])
    #expect(lines.map { $0["error"] == nil } == [true, true, false])
  }

  @Test func fitLeavesThemOutAndSaysSo() throws {
    let outcome = try CommandUnderTest.run(
      [
        "fit", Fixtures.url("vgg.ts.onnx").path, "--id", "mixed", "--score", "featurenorm", "--json",
        "--output", "from-mixed.onnx",
      ],
      directory: workshop.folder.url)
    #expect(outcome.status == 1)
    #expect(try outcome.json().number("images") == 160)
    #expect(outcome.messages.contains("'mixed/000-bad.jpg' is not an image"))
    #expect(outcome.messages.contains("'mixed/zzz-empty.png' is empty"))
    #expect(try workshop.oddity("score", "from-mixed.onnx", "odd").status == 0)
  }

  @Test func evaluateLeavesThemOutAndSaysSo() throws {
    let outcome = try workshop.oddity(
      "evaluate", "guarded.onnx", "--id", "mixed", "--ood", "odd=odd", "tar=odd.tar", "--json")
    #expect(outcome.status == 1)
    let report = try outcome.json().objects("detectors")[0]
    #expect(try report.number("id_images") == 160)
    #expect(try report.objects("ood").map { try $0.number("images") } == [20, 2])
    for name in ["mixed/000-bad.jpg", "mixed/zzz-empty.png", "odd.tar/bad.jpg"] {
      #expect(outcome.messages.contains("oddity: warning: '\(name)' "))
    }
  }

  /// NaN and infinity can occur only in arrays. Such an image counts as an outlier.
  @Test func valuesThatAreNoNumbersMakeOutliers() throws {
    let outcome = try workshop.oddity("score", "guarded.onnx", "nan.npy")
    #expect(outcome.status == 0)
    let lines = try outcome.jsonLines()
    for row in [1, 2] {
      #expect(lines[row].isNull("score") && lines[row].isNull("confidence"))
      #expect(try abs(lines[row].number("p_value") - 1.0 / 100) < 1e-8)
      #expect(try lines[row].truth("outlier"))
      let scores = try lines[row].object("scores")
      #expect(scores.keys.allSatisfy(scores.isNull))
    }
    #expect(!lines[0].isNull("score") && !lines[3].isNull("score"))
  }

  @Test func fitRefusesValuesThatAreNoNumbers() throws {
    let outcome = try workshop.oddity(
      "fit", Fixtures.url("vgg.ts.onnx").path, "--id", "id", "--calibration", "nan.npy", "--preprocess",
      "spec.json", "--output", "from-nan.onnx", "--json")
    #expect(outcome.status == 1)
    #expect(try outcome.json().number("calibration_images") == 23)
    #expect(outcome.messages.contains("'nan.npy#1' has values that are NaN or infinite"))
    #expect(outcome.messages.contains("'nan.npy#2' has"))
  }
}

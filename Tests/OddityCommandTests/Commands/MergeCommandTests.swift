import Foundation
import Testing
import TestSupport

/// `--shard`, `fit --partial` and `merge`, as used on several machines.
@Suite struct MergeCommandTests {
  private let workshop: Workshop
  private let folder: TemporaryFolder

  init() throws {
    workshop = try Workshop.shared
    folder = try TemporaryFolder()
  }

  private func part(_ shard: String, _ flags: String...) throws -> (path: String, CommandUnderTest.Outcome) {
    let path = folder.path("\(shard.replacing("/", with: "of")).state")
    let arguments = Workshop.fitArguments + ["--shard", shard, "--partial", path] + flags
    return (path, try workshop.oddity(arguments))
  }

  private var model: String { Fixtures.url("residual.dyn.onnx").path }

  @Test func theMergedFitIsTheFitOfOneMachine() throws {
    let parts = try (1...3).map { try part("\($0)/3") }
    #expect(parts.allSatisfy { $0.1.status == 0 })
    #expect(parts[0].1.output.hasPrefix("wrote \(parts[0].path): shard 1/3, 86 images: "))
    let merged = folder.path("merged.onnx")
    let outcome = try workshop.oddity(
      ["merge", "--model", model, "--output", merged, "--json"] + parts.map(\.path).reversed())
    #expect(outcome.status == 0, "\(outcome.messages)")
    var (report, known) = (try outcome.json(), try workshop.fit.json())
    #expect(try report.text("output") == merged)
    report["output"] = nil
    known["output"] = nil
    #expect(try report.object("selected") as NSDictionary == known.object("selected") as NSDictionary)
    #expect(try report.object("parts") as NSDictionary == known.object("parts") as NSDictionary)
    #expect(try abs(report.number("threshold") / known.number("threshold") - 1) < 1e-6)
    let scored = try ["guarded.onnx", merged].map {
      try workshop.oddity("score", $0, "odd", "new").jsonLines()
    }
    for (line, other) in zip(scored[0], scored[1]) {
      #expect(try abs(line.number("score") / other.number("score") - 1) < 1e-6)
      #expect(
        try line.number("p_value") == other.number("p_value") && line.text("label") == other.text("label"))
    }
  }

  /// True classes are those of the folders, even if these are in several shards. Temperature scaling uses
  /// them.
  @Test func trueClassesAreKnownInEveryShard() throws {
    try workshop.copyCalibrationImages(to: "known") { position, classes in
      classes[position % classes.count]
    }
    func arguments(_ flags: String...) -> [String] {
      [
        "fit", model, "--id", "id", "--calibration", "known", "--labels", "names.txt", "--score",
        "tempscale,mahalanobis,featurenorm", "--seed", "2", "--alpha", "0.1", "--json",
      ] + flags
    }
    let single = try workshop.oddity(arguments("--output", folder.path("single.onnx")))
    let paths = (1...2).map { folder.path("labelled\($0).state") }
    for (number, path) in zip(1..., paths) {
      #expect(try workshop.oddity(arguments("--shard", "\(number)/2", "--partial", path)).status == 0)
    }
    let merged = try workshop.oddity(
      ["merge", "--model", model, "--output", folder.path("merged.onnx"), "--json"] + paths)
    #expect(single.status == 0 && merged.status == 0, "\(single.messages) \(merged.messages)")
    let aurocs = try [single, merged].map {
      try $0.json().objects("scores").map { try $0.number("auroc_pseudo") }
    }
    #expect(zip(aurocs[0], aurocs[1]).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(
      merged.messages
        == single.messages.split(separator: "\n").filter {
          !$0.contains("without --preprocess")
        }.map { $0 + "\n" }.joined())
  }

  @Test func shardsOfScoresFollowEachOther() throws {
    let whole = try workshop.oddity("score", "guarded.onnx", "id").output
    let shards = try (1...7).map {
      try workshop.oddity("score", "guarded.onnx", "id", "--shard", "\($0)/7").output
    }
    try expectSameLines(shards.joined(), whole)
    #expect(shards.allSatisfy { [22, 23].contains($0.count { $0 == "\n" }) })
  }

  @Test func everySourceIsDivided() throws {
    let sources = ["odd.tar", "many.npy", "odd"]
    let halves = try (1...2).map { half in
      try workshop.oddity(["score", "guarded.onnx"] + sources + ["--shard", "\(half)/2"]).jsonLines().map {
        try $0.text("input")
      }
    }
    let whole = try workshop.oddity(["score", "guarded.onnx"] + sources).jsonLines().map {
      try $0.text("input")
    }
    #expect((halves[0] + halves[1]).sorted() == whole.sorted())
    #expect(halves[0].contains("many.npy#299") && halves[1].contains("many.npy#300"))
    let none = try workshop.oddity("score", "guarded.onnx", "odd/00.jpg", "--shard", "1/2")
    #expect(none.status == 0 && none.output.isEmpty)
  }

  @Test func imagesThatFailAreSaidByTheirShard() throws {
    try Data("no image".utf8).write(to: URL(filePath: folder.path("zz.jpg")))
    let path = folder.path("failing.state")
    let outcome = try workshop.oddity(
      "fit", model, "--id", "odd", folder.url.path, "--shard", "1/1", "--partial", path, "--json")
    #expect(outcome.status == 1 && outcome.messages.contains("zz.jpg"))
    let report = try outcome.json()
    #expect(
      try report.number("images") == 20 && report.number("failures") == 1 && report.text("shard") == "1/1")
  }

  @Test func badPartsAreRefusedByName() throws {
    let (path, _) = try part("1/2")
    let (other, _) = try part("2/2", "--seed", "9")
    let merged = folder.path("merged.onnx")
    func refusal(_ paths: String...) throws -> String {
      let outcome = try workshop.oddity(["merge", "--model", model, "--output", merged] + paths)
      #expect(outcome.status == 65 && outcome.output.isEmpty)
      #expect(!FileManager.default.fileExists(atPath: merged))
      return outcome.messages
    }
    #expect(try refusal(path).contains("shard 2/2 is missing, but needed with \(path)"))
    #expect(try refusal(path, path).contains("\(path) is named twice"))
    #expect(try refusal(path, other).contains("\(other) was made with --seed 9, and \(path) with 5"))
    let whole = try Data(contentsOf: URL(filePath: path))
    try whole.prefix(whole.count / 2).write(to: URL(filePath: path))
    #expect(try refusal(path).contains("\(path) is cut short"))
    #expect(try refusal("guarded.onnx").contains("guarded.onnx is not a part of a fit"))
  }

  @Test func flagsThatDoNotGoTogetherAreRefused() throws {
    for (flags, word) in [
      (["--shard", "1/2", "--output", "x.onnx"], "--partial"),
      (["--partial", "p", "--output", "x.onnx"], "oddity merge"),
      (["--partial", "p", "--report", "r.html"], "--report"),
      (["--partial", "-"], "--partial cannot write to standard output"),
      (["--partial", "p", "--shard", "3/2"], "1/2 to 2/2"),
      (["--partial", "id"], "would replace the input id"),
      ([], "--output is missing"), (["--shard", "1/2"], "--partial is missing"),
      (["--partial", "p", "--shard", "1/0"], "from 1 to"),
    ] {
      let outcome = try workshop.oddity(["fit", model, "--id", "id"] + flags)
      #expect(outcome.status == 2 && outcome.messages.contains(word), "\(outcome.messages)")
    }
    let none = try workshop.oddity("merge", "--model", model, "--output", folder.path("m.onnx"))
    #expect(none.status == 2)
    let replaced = try workshop.oddity("merge", "--model", model, "p.state", "--output", "./p.state")
    #expect(replaced.status == 2 && replaced.messages.contains("would replace the input p.state"))
  }
}

import Foundation
import Testing
import TestSupport

/// `oddity evaluate`: the documented JSON, labels from every source, and several models.
@Suite struct EvaluateCommandTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop.shared }

  private func reports(_ flags: String...) throws -> [JSONObject] {
    let outcome = try workshop.oddity(["evaluate", "guarded.onnx", "--ood", "odd=odd", "--json"] + flags)
    #expect(outcome.status == 0, "\(outcome.messages)")
    return try outcome.json().objects("detectors")
  }

  @Test func theReportHasTheContractsFields() throws {
    let outcome = try workshop.oddity(
      "evaluate", "guarded.onnx", "--id", "cal", "--ood", "odd=odd", "rows=many.npy", "--json")
    #expect(outcome.status == 0)
    #expect(try Set(outcome.json().keys) == ["detectors", "warnings"])
    let reports = try outcome.json().objects("detectors")
    #expect(try reports.map { try $0.text("score") } == ["featurenorm", "energy", "msp", "maxlogit"])
    let metrics: Set = ["auroc", "fpr95", "fpr95_openood", "aupr_in", "aupr_out"]
    for report in reports {
      #expect(Set(["name", "score", "id_accuracy", "ood", "mean"]).isSubset(of: report.keys))
      #expect(try report.text("name") == "guarded.onnx" && report.isNull("id_accuracy"))
      let sets = try report.objects("ood")
      #expect(try sets.map { try $0.text("name") } == ["odd", "rows"])
      #expect(try sets.map { try $0.number("images") } == [20, 600])
      #expect(sets.allSatisfy { metrics.union(["name", "images"]).isSubset(of: $0.keys) })
      let mean = try report.object("mean")
      #expect(Set(mean.keys) == metrics)
      for metric in metrics {
        let values = try sets.map { try $0.number(metric) }
        #expect(values.allSatisfy { (0...1).contains($0) })
        #expect(try abs(mean.number(metric) - (values[0] + values[1]) / 2) < 1e-12)
      }
    }
  }

  /// Computed from the definitions, on the scores that `score` prints.
  @Test func theMetricsAreThoseOfThePrintedScores() throws {
    let report = try reports("--id", "id")[1]
    let (inside, outside) = try (energies("id"), energies("odd"))
    let pairs = inside.flatMap { score in outside.map { score > $0 ? 1.0 : score == $0 ? 0.5 : 0 } }
    let auroc = pairs.reduce(0, +) / Double(pairs.count)
    // The largest t that at least 95 % of the ID images reach, and the share of OOD images that reach it.
    let threshold = inside.sorted(by: >)[Int((0.95 * Double(inside.count)).rounded(.up)) - 1]
    let fpr95 = Double(outside.count { $0 >= threshold }) / Double(outside.count)
    let measured = try report.objects("ood")[0]
    #expect(try abs(measured.number("auroc") - auroc) < 1e-3 && abs(measured.number("fpr95") - fpr95) < 0.051)
  }

  private func energies(_ source: String) throws -> [Double] {
    try workshop.oddity("score", "guarded.onnx", source).jsonLines().map {
      try $0.object("scores").number("energy")
    }
  }

  @Test func labelsComeFromFoldersListsAndArrays() throws {
    let lines = try workshop.oddity("score", "guarded.onnx", "id").jsonLines()
    let correct = try lines.count { try $0.text("input").hasPrefix("id/\($0.text("label"))/") }
    let accuracy = Double(correct) / 160
    let rows = try workshop.oddity("score", "guarded.onnx", "known.npz").jsonLines()
    let correctRows = try rows.enumerated().count { try $1.number("class") == Double($0) }
    for (flags, expected) in [
      (["--id", "id"], accuracy), (["--id", "id", "--labels", "names.txt"], accuracy),
      (["--id", "id", "--labels", "truth.csv"], accuracy), (["--id", "known.npz"], Double(correctRows) / 10),
    ] {
      let outcome = try workshop.oddity(["evaluate", "guarded.onnx", "--ood", "odd=odd", "--json"] + flags)
      #expect(try outcome.json().objects("detectors")[0].number("id_accuracy") == expected, "\(flags)")
    }
  }

  /// A list of labels may contain only some of the images. The output says on how many images the accuracy is
  /// based, and which names do not exist.
  @Test func accuracyIsOfTheImagesThatAreListed() throws {
    let list = "path,index\n000.png,1\n001.png,2\nabsent.png,1\nmissing.png,1\n"
    try Data(list.utf8).write(to: workshop.folder.url.appending(path: "part.csv"))
    let outcome = try workshop.oddity(
      "evaluate", "guarded.onnx", "--id", "cal", "--ood", "odd=odd", "--labels", "part.csv")
    #expect(outcome.output.contains(" of the 2 images with a known class; "), "\(outcome.output)")
    #expect(
      outcome.messages.contains("2 lines of the labels name no image of cal, the first 'absent.png'"),
      "\(outcome.messages)")
  }

  @Test func severalModelsGiveARowForEachOfTheirScores() throws {
    _ = try workshop.fit("vgg.ts.onnx", to: "second.onnx")
    let outcome = try workshop.oddity(
      "evaluate", "guarded.onnx", "second.onnx", "--id", "id", "--ood", "odd=odd")
    #expect(outcome.status == 0)
    // FPR95 and AUROC, and the same rows again for selective prediction.
    let rows = outcome.output.split(separator: "\n").filter { $0.contains(".onnx ") && $0.contains(" / ") }
    #expect(rows.count == 10 && rows[4].hasPrefix("second.onnx") && rows[9].hasPrefix("second.onnx"))
    #expect(outcome.output.hasPrefix("FPR95 / AUROC, in per cent\n"))
    #expect(outcome.output.contains("second.onnx (energy+norm) flags "))
  }

  @Test func whatMakesNumbersMeanSomethingElseIsSaid() throws {
    let outcome = try workshop.oddity(
      "evaluate", "guarded.onnx", "--id", "cal", "--ood", "odd=odd", "same=cal", "--json")
    let warnings = try outcome.json().objects("warnings")
    #expect(
      try warnings.map { try $0.text("code") } == ["ood-holds-id", "id-seen-in-fit", "ood-holds-id"])
    #expect(
      try outcome.messages.split(separator: "\n").map(String.init)
        == warnings.map { "oddity: warning: \(try $0.text("text"))" })
    // The network has random weights, so its predictions are guesses.
    let guess = try workshop.oddity("evaluate", "guarded.onnx", "--id", "id", "--ood", "odd=odd", "--json")
    #expect(try guess.json().objects("warnings").map { try $0.text("code") } == ["accuracy-near-chance"])
    #expect(try guess.json().objects("detectors")[0].number("id_accuracy_images") == 160)
  }

  /// Errors before the first image is scored: a missing later model, set or list of labels.
  @Test(arguments: [
    (["absent.onnx", "--id", "id", "--ood", "o=odd"], 65, "cannot read the model absent.onnx"),
    (["guarded.onnx", "--id", "id", "--ood", "o=odd"], 2, "guarded.onnx is named twice"),
    (["--id", "id", "--ood", "o=odd", "p=absent"], 65, "absent"),
    (["--id", "id", "--ood", "o=odd", "--labels", "absent.txt"], 65, "cannot read the labels absent.txt"),
  ])
  func mistakesAreSaidFirst(arguments: [String], status: Int32, message: String) throws {
    let outcome = try workshop.oddity(["evaluate", "guarded.onnx"] + arguments)
    #expect(outcome.status == status && outcome.messages.contains(message), "\(outcome.messages)")
    // A usage error is followed by the command's usage.
    #expect(outcome.output.isEmpty && (status == 2 || outcome.messages.split(separator: "\n").count == 1))
  }
}

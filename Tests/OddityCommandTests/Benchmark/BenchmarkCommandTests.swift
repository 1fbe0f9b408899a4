import Foundation
import Testing
import TestSupport

/// `oddity benchmark`: its files and its output.
@Suite struct BenchmarkCommandTests {
  @Test func theFilesHoldTheSameResults() throws {
    let suite = try SuiteFolder()
    let outcome = try suite.run("--latex")
    #expect(outcome.status == 0)
    #expect(outcome.output.hasPrefix("network ") && outcome.output.contains("blocks of net"))
    let files = ["results.json", "results.md", "results.csv", "results.tex"]
    for name in files { #expect(try !suite.contents("out/\(name)").isEmpty) }
    let json = try String(decoding: suite.contents("out/results.json"), as: UTF8.self)
    #expect(try suite.run("--json").output == json)
    let csv = try String(decoding: suite.contents("out/results.csv"), as: UTF8.self).split(separator: "\n")
    #expect(csv.count == 1 + 4 * 3 && csv[0].contains("fpr95_openood"))
    let method = try json.json().objects("networks")[0].object("table").objects("methods")[0]
    let noise = try method.objects("ood")[0]
    #expect(csv[1].hasPrefix("net,,energy,noise,"))
    let record = csv[1].split(separator: ",", omittingEmptySubsequences: false)
    #expect(try abs(#require(Double(record[10])) - noise.number("auroc")) < 1e-12)
    let keys: Set = ["auroc", "fpr95", "fpr95_openood", "aupr_in", "aupr_out", "auroc_ci95", "fpr95_ci95"]
    #expect(keys.isSubset(of: noise.keys))
  }

  @Test func withoutOutputTheFolderIsCalledAfterTheSuite() throws {
    let suite = try SuiteFolder()
    let outcome = try CommandUnderTest.run(["benchmark", "suites/s.yaml"], directory: suite.folder.url)
    #expect(outcome.status == 0)
    #expect(try suite.folder.contents() == ["s.results", "suites"])
    let expected = ["measurements", "results.csv", "results.json", "results.md"]
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: suite.folder.path("s.results")).sorted() == expected
    )
  }

  /// The suite may also contain the score that `auto` chooses. Every row then keeps its own score.
  @Test func rowsKeepTheirScoresWhateverAutoChooses() throws {
    let workshop = try Workshop.shared
    func methods(_ scores: String) throws -> [[String: Any]] {
      let suite = """
        networks: [{name: net, model: '\(Fixtures.url("residual.dyn.onnx").path)', preprocess: spec.json}]
        id: {fit: id, evaluate: cal}
        ood: [{name: odd, source: odd}]
        scores: [\(scores)]
        blocks: all
        """
      try Data(suite.utf8).write(to: workshop.folder.url.appending(path: "auto.yaml"))
      let outcome = try workshop.oddity("benchmark", "auto.yaml", "--json", "--output", "auto.results")
      #expect(outcome.status == 0, "\(outcome.messages)")
      let network = try outcome.json().objects("networks")[0]
      if scores.hasPrefix("auto") {
        let row = try network.object("hindsight").objects("rows")[0]
        #expect(try row.number("best_auroc") >= row.number("auto_auroc"))
      }
      return try network.object("table").objects("methods")
    }
    // With so few images, candidates are not compared, and auto takes energy+norm.
    let (alone, chosen) = try (methods("energy+norm, msp, energy"), methods("auto, energy+norm, msp, energy"))
    func auroc(_ rows: [[String: Any]], _ name: String) throws -> Double {
      try #require(try rows.first { try $0.text("name") == name }).object("mean").number("auroc")
    }
    for name in ["energy+norm", "msp", "energy"] { #expect(try auroc(chosen, name) == auroc(alone, name)) }
    #expect(try auroc(chosen, "auto") == auroc(chosen, "energy+norm"))
    #expect(try auroc(chosen, "msp") != auroc(chosen, "energy+norm"))
  }

  /// Shifted images count as ID images in the full spectrum, also for the accuracy.
  @Test func shiftedImagesMakeTheFullSpectrum() throws {
    let workshop = try Workshop.shared
    try workshop.copyCalibrationImages(to: "spectrum-known") { position, classes in
      classes[position % classes.count]
    }
    try workshop.copyCalibrationImages(to: "spectrum-moved") { position, classes in
      classes[6 * (position % 2)]
    }
    func run(_ shifted: String, labels: Bool = true) throws -> JSONObject {
      let suite = """
        networks: [{name: net, model: '\(Fixtures.url("residual.dyn.onnx").path)', preprocess: spec.json}]
        id: {fit: id, evaluate: spectrum-known\(labels ? ", labels: names.txt" : "")\(shifted)}
        ood: [{name: odd, source: odd, group: far}]
        scores: [msp, energy]
        """
      try Data(suite.utf8).write(to: workshop.folder.url.appending(path: "spectrum.yaml"))
      let outcome = try workshop.oddity(
        "benchmark", "spectrum.yaml", "--json", "--latex", "--output", "spectrum")
      #expect(outcome.status == 0, "\(outcome.messages)")
      return try outcome.json().objects("networks")[0]
    }
    func contents(_ name: String) throws -> String {
      try String(contentsOf: workshop.folder.url.appending(path: "spectrum/\(name)"), encoding: .utf8)
    }
    let network = try run(", shifted: [{name: other, source: spectrum-moved}]")
    let (plain, full) = try (network.object("table"), network.object("full_spectrum"))
    let shifted = try full.objects("shifted")[0]
    let (inside, moved) = try (plain.number("id_images"), shifted.number("images"))
    #expect(try moved > 0 && full.object("table").number("id_images") == inside + moved)
    let right = try network.number("id_accuracy") * inside + shifted.number("accuracy") * moved
    #expect(try abs(full.number("id_accuracy") - right / (inside + moved)) < 1e-12)
    #expect(try network.objects("thresholds")[0].objects("shifted")[0].text("name") == "other")
    #expect(
      try full.number("id_accuracy_images") == inside + moved && shifted.number("accuracy_images") == moved)
    let csv = try contents("full-spectrum.csv").split(separator: "\n")
    #expect(try csv.count == 1 + 2 * 3 && csv[0] == contents("results.csv").split(separator: "\n")[0])
    #expect(try contents("results.md").contains("## Full spectrum"))
    #expect(try contents("results.tex").ranges(of: "\\begin{table}").count == 2)

    // A shifted set with folders for only some classes. They are identified by their names in id.evaluate.
    try workshop.copyCalibrationImages(to: "spectrum-few") { position, classes in classes[6 * (position % 2)]
    }
    let few = try run(", shifted: [{name: other, source: spectrum-few}]", labels: false).object(
      "full_spectrum")
    #expect(try few.objects("shifted")[0].number("accuracy") == shifted.number("accuracy"))
    let without = try run("")
    #expect(without.isNull("full_spectrum"))
    #expect(try without.object("table") as NSDictionary == plain as NSDictionary)
    #expect(throws: (any Error).self) { try contents("full-spectrum.csv") }
    #expect(try !contents("results.md").contains("Full spectrum"))
  }

  /// The fit in a benchmark equals that of `oddity fit` on the same images.
  @Test func theFitIsThatOfTheFitCommand() throws {
    let workshop = try Workshop.shared
    let suite = """
      networks: [{name: net, model: '\(Fixtures.url("residual.dyn.onnx").path)', preprocess: spec.json}]
      id: {fit: id, calibration: cal, evaluate: id, labels: names.txt}
      ood: [{name: odd, source: odd}]
      scores: [featurenorm, energy, msp, maxlogit]
      seed: 5
      """
      // If two keys name the same folder, each gets a part of it, even if the path leads through a link.
      .replacing("evaluate: id", with: "evaluate: whole")
    try? FileManager.default.copyItem(
      atPath: workshop.folder.path("id"), toPath: workshop.folder.path("whole"))
    try Data(suite.utf8).write(to: workshop.folder.url.appending(path: "fit.yaml"))
    let outcome = try workshop.oddity("benchmark", "fit.yaml", "--json", "--output", "fit.results")
    #expect(outcome.status == 0, "\(outcome.messages)")
    let network = try outcome.json().objects("networks")[0]
    var (benchmarked, fitted) = try (network.object("fit"), workshop.fit.json())
    fitted["output"] = nil
    benchmarked["output"] = nil
    #expect(NSDictionary(dictionary: benchmarked) == NSDictionary(dictionary: fitted))
    #expect(network.isNull("blocks") && network.isNull("block_metrics"))

    let evaluated = try workshop.oddity(
      "evaluate", "guarded.onnx", "--id", "id", "--ood", "odd=odd", "--json"
    ).json().objects("detectors")
    #expect(try network.number("id_accuracy") == evaluated[0].number("id_accuracy"))
    let methods = try network.object("table").objects("methods")
    for (method, detector) in zip(methods, evaluated) {
      #expect(try method.objects("ood")[0].number("auroc") == detector.objects("ood")[0].number("auroc"))
    }
    let flagged = try network.objects("thresholds")[0]
    #expect(try flagged.number("id_flagged") == evaluated[0].number("id_flagged"))
    #expect(
      try flagged.objects("ood")[0].number("flagged") == evaluated[0].objects("ood")[0].number("flagged"))
  }

  /// The temperature of a suite equals that of the command. Both fit it on half of the calibration images.
  @Test func theTemperatureIsThatOfTheFitCommand() throws {
    let workshop = try Workshop.shared
    try workshop.copyCalibrationImages(to: "warm") { position, classes in
      classes[position * 7 % classes.count]
    }
    let model = Fixtures.url("residual.dyn.onnx").path
    let suite = """
      networks: [{name: net, model: '\(model)', preprocess: spec.json}]
      id: {fit: id, calibration: warm, evaluate: new}
      ood: [{name: odd, source: odd}]
      scores: [energy, tempscale]
      seed: 5
      """
    try Data(suite.utf8).write(to: workshop.folder.url.appending(path: "warm.yaml"))
    let outcome = try workshop.oddity("benchmark", "warm.yaml", "--json", "--output", "warm.results")
    let benchmarked = try outcome.json().objects("networks")[0].object("fit")
    let fitted = try workshop.oddity([
      "fit", model, "--id", "id", "--calibration", "warm", "--preprocess", "spec.json", "--labels",
      "names.txt", "--score", "energy,tempscale", "--seed", "5", "--json", "-o", "warm.onnx",
    ]).json()
    #expect(try benchmarked.object("parts") as NSDictionary == fitted.object("parts") as NSDictionary)
    #expect(try fitted.object("parts").number("temperature") > 0)
    #expect(try benchmarked.objects("scores") as NSArray == fitted.objects("scores") as NSArray)
  }

  @Test func anImageThatFailsIsToldOnceAndTheRestIsMeasured() throws {
    let suite = try SuiteFolder(
      SuiteFolder.suite.replacing("noise.npy", with: "pictures")
        .replacing("id:\n", with: "  - {name: second, model: net.onnx, preprocess: spec.json}\nid:\n"))
    let workshop = try Workshop.shared
    try FileManager.default.copyItem(
      atPath: workshop.folder.path("odd"), toPath: suite.file("suites/pictures").path)
    try suite.write("no picture", to: "pictures/99.jpg")
    for _ in 0..<2 {
      let outcome = try suite.run("--json")
      #expect(outcome.status == 1)
      #expect(outcome.messages.count(of: "pictures/99.jpg") == 1, "\(outcome.messages)")
      let sets = try outcome.json().objects("networks")[0].object("table").objects("sets")
      #expect(try sets[0].number("images") == 20)
      #expect(try suite.contents("out/results.json") == Data(outcome.output.utf8))
    }
  }

  @Test func resultsThatCannotBeWrittenAreSaidBeforeTheWork() throws {
    let suite = try SuiteFolder()
    try Data().write(to: suite.file("taken"))
    let outcome = try suite.run(output: "taken")
    #expect(outcome.status == 74 && outcome.output.isEmpty)
    #expect(outcome.messages.contains("taken") && outcome.messages.count { $0 == "\n" } == 1)
  }
}

extension String {
  fileprivate func count(of part: String) -> Int { ranges(of: part).count }
}

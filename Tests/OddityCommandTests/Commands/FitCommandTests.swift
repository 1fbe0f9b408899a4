import Foundation
import Testing
import TestSupport

/// `oddity fit`: the documented JSON, and the effect of every flag.
@Suite struct FitCommandTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop.shared }

  @Test func theReportHasTheContractsFields() throws {
    #expect(workshop.fit.status == 0, "\(workshop.fit.messages)")
    let report = try workshop.fit.json()
    let fields: Set = [
      "selected", "blocks", "scores", "pseudo_ood", "selection_stability", "runner_up", "parts", "alpha",
      "threshold",
      "false_alarm_interval", "calibration_by", "calibration_groups", "images", "calibration_images", "auto",
      "fusions", "traits",
      "id_accuracy", "id_accuracy_images", "calibration_accuracy", "calibration_accuracy_images", "left_out",
      "warning", "warnings", "output",
    ]
    #expect(fields == Set(report.keys))
    #expect(Set(try report.object("selected").keys) == ["index", "tensor"])
    let block: Set = [
      "index", "tensor", "channels", "height", "width", "norm_ratio", "norm_ratio_ci95",
      "norm_ratio_of_means",
      "auroc_pseudo", "flops_share",
    ]
    let blocks = try report.objects("blocks")
    #expect(blocks.count == 4 && blocks.allSatisfy { block.isSubset(of: $0.keys) })
    #expect(
      try report.objects("scores").map { try $0.text("name") } == [
        "featurenorm", "energy", "msp", "maxlogit",
      ])
    #expect(try report.objects("scores").allSatisfy { try (0...1).contains($0.number("auroc_pseudo")) })
    let parts = try report.object("parts")
    #expect(Set(parts.keys) == ["fit", "select", "calibrate"])
    #expect(try parts.number("fit") + parts.number("select") == 160)
    #expect(try parts.number("calibrate") == 99 && report.number("calibration_images") == 99)
    #expect(try report.text("output") == "guarded.onnx" && report.number("alpha") == 0.05)
  }

  @Test func theSelectedBlockHasTheLargestNormRatio() throws {
    let report = try workshop.fit.json()
    let ratios = try report.objects("blocks").map { try $0.number("norm_ratio") }
    #expect(try ratios[Int(report.object("selected").number("index"))] == ratios.max())
    for block in try report.objects("blocks") {
      let interval = try block.numbers("norm_ratio_ci95")
      #expect(try interval[0] < block.number("norm_ratio") && block.number("norm_ratio") < interval[1])
    }
  }

  /// k = ⌊0.05·100⌋ = 5 of 99: the threshold is the fifth smallest score of the calibration images.
  @Test func theThresholdAndThePValuesFollowFromTheCalibrationScores() throws {
    let lines = try workshop.oddity("score", "guarded.onnx", "cal").jsonLines()
    let scores = try lines.map { try $0.number("score") }
    let threshold = try workshop.fit.json().number("threshold")
    #expect(abs(threshold - scores.sorted()[4]) < 1e-5)
    for line in lines {
      let score = try line.number("score")
      let expected = Double(1 + scores.count { $0 <= score }) / 100
      #expect(try abs(line.number("p_value") - expected) < 0.0101, "two scores may tie within rounding")
      #expect(try line.truth("outlier") == (line.number("p_value") < 0.0501))
    }
  }

  @Test func falseAlarmsFollowTheBetaDistribution() throws {
    struct Case: Encodable { let x, p, a, b: Double }
    struct Answer: Decodable { let quantile: Double }
    let cases = [0.025, 0.975].map { Case(x: 0.5, p: $0, a: 5, b: 95) }
    let known = try PythonReference.run("beta_reference.py", cases, as: [Answer].self)
    let interval = try workshop.fit.json().numbers("false_alarm_interval")
    #expect(zip(interval, known).allSatisfy { abs($0 - $1.quantile) < 1e-9 })
  }

  @Test func alphaAndConfidenceMoveTheThreshold() throws {
    let scores = try workshop.oddity("score", "guarded.onnx", "cal").jsonLines().map {
      try $0.number("score")
    }
    // The 95 % quantile of Beta(k, 100 − k) is at most 0.1 up to k = 5 (scipy.stats.beta.ppf).
    for (flags, rank) in [(["--alpha", "0.1"], 10), (["--alpha", "0.1", "--confidence", "0.95"], 5)] {
      let report = try workshop.oddity(Workshop.fitArguments + flags + ["--json", "--output", "alpha.onnx"])
        .json()
      #expect(try report.number("alpha") == 0.1)
      #expect(try abs(report.number("threshold") - scores.sorted()[rank - 1]) < 1e-5)
    }
  }

  @Test func theSeedDecidesAndNothingElse() throws {
    let reports = try [["--batch", "1"], ["--batch", "7", "--threads", "1"], ["--seed", "6"]].map {
      let arguments = Workshop.fitArguments + $0 + ["--json", "--output", "again.onnx"]
      return try workshop.oddity(arguments).json()
    }
    let first = try workshop.fit.json()
    for report in reports[..<2] {
      #expect(try report.object("selected").number("index") == first.object("selected").number("index"))
      for (block, known) in zip(try report.objects("blocks"), try first.objects("blocks")) {
        #expect(try abs(block.number("norm_ratio") - known.number("norm_ratio")) < 1e-6)
      }
      #expect(try abs(report.number("threshold") - first.number("threshold")) < 1e-5)
    }
    let other = try (
      reports[2].objects("blocks")[0].number("norm_ratio"), first.objects("blocks")[0].number("norm_ratio")
    )
    #expect(other.0 != other.1)
  }

  @Test func limitPaperSplitBlockGridAndScores() throws {
    let report = try workshop.fit(
      "vgg.ts.onnx", "--limit", "120", "--paper-split", "--block", "2", "--pseudo-ood", "jigsaw:4", "--score",
      "energy,featurenorm", "--head", "sigmoid", "--json", to: "flags.onnx"
    ).json()
    #expect(try report.number("images") == 120)
    #expect(try report.object("parts").number("fit") == 120)
    #expect(try report.object("selected").number("index") == 2)
    #expect(try report.objects("scores").map { try $0.text("name") } == ["energy", "featurenorm"])
    let facts = try workshop.oddity("inspect", "flags.onnx", "--json").json()
    #expect(try facts.text("score") == "energy" && facts.text("pseudo_ood") == "jigsaw:4")
    #expect(try facts.text("head") == "sigmoid")
    let tensor = try report.objects("blocks")[3].text("tensor")
    let named = try workshop.fit("vgg.ts.onnx", "--block", tensor, "--json", to: "named.onnx").json()
    #expect(try named.object("selected").text("tensor") == tensor)
  }

  @Test func severalKindsOfPseudoOODGiveATableOfNormRatios() throws {
    let flags = ["--pseudo-ood", "blur,jigsaw,cutmix:0.3", "--quiet", "--output", "kinds.onnx"]
    let report = try workshop.oddity(Workshop.fitArguments + flags + ["--json"]).json()
    let kinds = try report.objects("pseudo_ood")
    #expect(try kinds.map { try $0.text("kind") } == ["blur", "jigsaw:3", "cutmix:0.3"])
    #expect(try kinds[0].object("selected").text("tensor") == report.object("selected").text("tensor"))
    let fields: Set = [
      "index", "tensor", "norm_ratio", "norm_ratio_ci95", "norm_ratio_of_means", "auroc_pseudo", "eligible",
    ]
    for kind in kinds {
      let blocks = try kind.objects("blocks")
      #expect(blocks.count == 4 && blocks.allSatisfy { fields == Set($0.keys) })
      #expect(try kind.objects("scores").count == 4)
    }
    func ratios(_ blocks: [JSONObject]) throws -> [Double] { try blocks.map { try $0.number("norm_ratio") } }
    #expect(try ratios(kinds[0].objects("blocks")) == ratios(report.objects("blocks")))
    let jigsaws = try ratios(workshop.fit.json().objects("blocks"))
    #expect(zip(try ratios(kinds[1].objects("blocks")), jigsaws).allSatisfy { abs($0 - $1) < 1e-6 })
    let facts = try workshop.oddity("inspect", "kinds.onnx", "--json").json()
    #expect(try facts.text("pseudo_ood") == "blur,jigsaw:3,cutmix:0.3")
    let table = try workshop.oddity(Workshop.fitArguments + flags).output
    #expect(table.contains("AUROC vs blur") && table.contains("jigsaw:3  cutmix:0.3\n"))
    let one = try workshop.oddity("inspect", "kinds.onnx").output
    #expect(one.contains("blur,jigsaw:3,cutmix:0.3, seed 5") && one.contains("AUROC vs blur"))
  }

  @Test func withoutJSONThereIsATableAndWarningsGoToStandardError() throws {
    let outcome = try workshop.fit("vgg.ts.onnx", "--quiet", to: "table.onnx")
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("NormRatio") && outcome.output.contains("\nselected: block "))
    #expect(outcome.output.hasSuffix("guarded model: table.onnx\n"))
    #expect(outcome.messages.contains("without --preprocess values are scaled to [0, 1]"))
    #expect(outcome.messages.contains("pass images that it was not trained on with --calibration"))
  }

  @Test func calibrationImagesThatAreAlsoIDImagesAreWarnedOf() throws {
    let outcome = try workshop.fit(
      "vgg.ts.onnx", "--calibration", "id/c0", "id/c1", "--json", to: "overlap.onnx")
    #expect(outcome.status == 0)
    let warnings = try outcome.json().objects("warnings")
    let overlap = try #require(warnings.first { try $0.text("code") == "calibration-overlap" }).text("text")
    #expect(overlap.contains("32 calibration images are also among the --id images"))
    #expect(try outcome.json().text("warning").contains(overlap))
    // All messages are also in the list.
    #expect(
      try outcome.messages.split(separator: "\n").map(String.init)
        == warnings.map { "oddity: warning: \(try $0.text("text"))" })
  }
}

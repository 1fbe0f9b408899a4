import Foundation
import Testing
import TestSupport

/// `--report`: the content of the HTML files of `fit` and `evaluate`.
@Suite struct ReportTests {
  private let workshop: Workshop
  private let folder: TemporaryFolder

  init() throws {
    workshop = try Workshop.shared
    folder = try TemporaryFolder()
  }

  /// Runs a command with a report and returns its outcome and the report's text.
  private func report(_ arguments: [String]) throws -> (outcome: CommandUnderTest.Outcome, html: String) {
    let path = folder.path("report.html")
    let outcome = try workshop.oddity(arguments + ["--report", path])
    return (outcome, try String(contentsOfFile: path, encoding: .utf8))
  }

  private func fitted() throws -> (outcome: CommandUnderTest.Outcome, html: String) {
    try report(
      Workshop.fitArguments + [
        "--json", "--pseudo-ood", "jigsaw,blur", "--output", folder.path("guarded.onnx"),
      ])
  }

  private func evaluated(_ sets: String...) throws -> (outcome: CommandUnderTest.Outcome, html: String) {
    try report(["evaluate", "guarded.onnx", "--json", "--id", "cal", "--ood"] + sets)
  }

  @Test func theFitsNumbersAreThoseOfItsJSON() throws {
    let (outcome, html) = try fitted()
    #expect(outcome.status == 0, "\(outcome.messages)")
    let json = try outcome.json()
    let page = try ParsedPage(html)
    expectSelfContained(page, html)
    let blocks = try json.objects("blocks")
    let rows = page.rows(ofTable: "Blocks").dropFirst()
    #expect(rows.count == blocks.count)
    let selected = try json.object("selected").text("tensor")
    for (row, block) in zip(rows, blocks) {
      #expect(try row[1] == block.text("tensor"))
      #expect(try row[3] == decimal(block.number("norm_ratio"), 3))
      let interval = try block.numbers("norm_ratio_ci95").map { decimal($0, 3) }
      #expect(row[4] == interval.joined(separator: " to "))
      #expect(try row[6] == decimal(block.number("auroc_pseudo"), 3))
      #expect(row[0].hasSuffix("(selected)") == (row[1] == selected))
    }
    let kinds = try json.objects("pseudo_ood")
    for (position, row) in page.rows(ofTable: "NormRatio (95 %").dropFirst().enumerated() {
      let ratios = try kinds.map { try decimal($0.objects("blocks")[position].number("norm_ratio"), 3) }
      #expect(zip(row.dropFirst(), ratios).allSatisfy { $0.hasPrefix($1 + " (") })
    }
    #expect(page.all("dd").map(\.text).contains { $0 == selectedName(json) })
    #expect(page.rows(ofTable: "Settings behind the result").contains { $0[0] == "seed" && $0[1] == "5" })
  }

  /// The reasons for the choice of a score: the best candidates, all candidates, and the choices of other
  /// criteria.
  @Test func theChoiceOfAutoIsExplained() throws {
    try workshop.makeWaves("explained.npy")
    let (outcome, html) = try report([
      "fit", Fixtures.url("residual.dyn.onnx").path, "--id", "explained.npy", "--json", "--score", "auto",
      "--output",
      folder.path("guarded.onnx"),
    ])
    #expect(outcome.status == 0, "\(outcome.messages)")
    let auto = try outcome.json().object("auto")
    let page = try ParsedPage(html)
    expectSelfContained(page, html)
    let ranking = try auto.objects("ranking")
    let rows = page.rows(ofTable: "All candidates").dropFirst()
    #expect(rows.count == ranking.count && page.rows(ofTable: "The best candidates").count == 11)
    for (row, candidate) in zip(rows, ranking) {
      let numbers = try candidate.numbers("aurocs") + candidate.numbers("fpr95s")
      #expect(try row[0].hasPrefix(candidate.text("name")))
      #expect(row.dropFirst(2).dropLast() == numbers.map { decimal($0, 3) }[...])
    }
    let choices = try auto.objects("choices").map { try $0.text("criterion") }
    #expect(page.rows(ofTable: "What each criterion").dropFirst().map { $0[0] } == choices)
  }

  private func selectedName(_ json: JSONObject) -> String? {
    guard let selected = try? json.object("selected") else { return nil }
    return try? "block \(Int(selected.number("index"))) (\(selected.text("tensor")))"
  }

  @Test func theEvaluationsNumbersAreThoseOfItsJSON() throws {
    let (outcome, html) = try evaluated("odd=odd", "rows & <more>=many.npy")
    #expect(outcome.status == 0, "\(outcome.messages)")
    let page = try ParsedPage(html)
    expectSelfContained(page, html)
    let reports = try outcome.json().objects("detectors")
    let rows = page.rows(ofTable: "FPR95 / AUROC")
    #expect(rows[0] == ["score", "odd (20)", "rows & <more> (600)", "mean"])
    for (row, report) in zip(rows.dropFirst(), reports) {
      let cells = try (report.objects("ood") + [report.object("mean")]).map {
        try "\(decimal(100 * $0.number("fpr95"), 2)) / \(decimal(100 * $0.number("auroc"), 2))"
      }
      #expect(try row == [report.text("score")] + cells)
    }
    #expect(rows.count == reports.count + 1)
    let images = page.all("img")
    #expect(images.count == 60, "ten on each side of each set")
    #expect(images.allSatisfy { $0.attributes["alt"]?.contains("p-value") == true })
    #expect(page.all("h4").map(\.text) == ["ID", "odd", "rows & <more>"])
  }

  /// With a calibration by class, no single line separates outliers from the others.
  @Test func reportsByClassDrawNoThreshold() throws {
    let guarded = folder.path("class.onnx")
    let fit = try report(Workshop.fitByClassArguments + ["--output", guarded])
    #expect(fit.outcome.status == 0, "\(fit.outcome.messages)")
    let evaluation = try report(["evaluate", guarded, "--id", "cal", "--ood", "odd=odd"])
    for html in [fit.html, evaluation.html] {
      #expect(html.contains("Each predicted class has its own threshold"))
      #expect(!html.contains("left of the threshold") && !html.contains("the threshold is at"))
      let settings = try ParsedPage(html).rows(ofTable: "Settings behind the result")
      #expect(settings.contains { $0 == ["threshold", "by predicted class"] })
    }
    #expect(fit.html.contains("is below the threshold of its predicted class"))
    #expect(try fitted().html.contains("left of the threshold"))
  }

  /// The report's data of single images equals the output of `score`.
  @Test func theImagesShownHaveTheLowestAndHighestScores() throws {
    let html = try evaluated("odd=odd").html
    let lines = try workshop.oddity("score", "guarded.onnx", "cal").jsonLines()
    let scores = try lines.map { (try $0.text("input"), try $0.number("score")) }.sorted { $0.1 < $1.1 }
    let shown = try ParsedPage(html).all("img").prefix(20).compactMap { $0.attributes["alt"] }
    let expected = scores.suffix(10).reversed() + scores.prefix(10)
    #expect(shown.count == 20)
    #expect(zip(shown, expected).allSatisfy { $0.hasPrefix("\($1.0): score ") })
  }

  /// Times, random numbers and measured norms do not change the files.
  @Test func theSameCommandGivesTheSameReportAndResults() throws {
    let first = try evaluated("odd=odd")
    #expect(try evaluated("odd=odd").html == first.html)
    let plain = try workshop.oddity("evaluate", "guarded.onnx", "--json", "--id", "cal", "--ood", "odd=odd")
    #expect(plain.output == first.outcome.output)
  }

  @Test func namesOfFilesAreTextAndNothingElse() throws {
    let names = ["<img src=x onerror=alert(1)>.jpg", "a\"b'&amp;.jpg", "\u{202E}gpj.jpg", "two\nlines.jpg"]
    let strange = folder.url.appending(path: "strange")
    try FileManager.default.createDirectory(at: strange, withIntermediateDirectories: false)
    for (position, name) in names.enumerated() {
      let source = workshop.folder.url.appending(path: "odd/0\(position).jpg")
      try FileManager.default.copyItem(at: source, to: strange.appending(path: name))
    }
    let html = try evaluated("strange=\(strange.path)").html
    let page = try ParsedPage(html)
    expectSelfContained(page, html)
    let alternatives = page.all("img").compactMap { $0.attributes["alt"] }
    for name in names { #expect(alternatives.contains { $0.contains("/\(name): score") }, "\(name)") }
  }

  @Test func severalModelsShareOneReport() throws {
    let other = folder.path("other.onnx")
    #expect(try workshop.fit("vgg.ts.onnx", "--score", "energy", to: other).status == 0)
    let (outcome, html) = try report(
      ["evaluate", "guarded.onnx", other, "--id", "cal", "--ood", "odd=odd", "flat=many.npy"])
    #expect(outcome.status == 0)
    let rows = try ParsedPage(html).rows(ofTable: "FPR95 / AUROC")
    #expect(rows.map { $0[0] } == ["model"] + Array(repeating: "guarded.onnx", count: 4) + ["other.onnx"])
    #expect(
      try ParsedPage(html).all("h2").map(\.text) == ["All models and scores", "guarded.onnx", "other.onnx"])
  }

  @Test func aReportThatCannotBeWrittenEndsTheCommandBeforeItsWork() throws {
    for path in ["/nonexistent/r.html", folder.url.path] {
      let fit = try workshop.oddity(
        Workshop.fitArguments + ["--output", folder.path("g.onnx"), "--report", path])
      #expect(fit.status == 74 && fit.messages.contains("cannot write \(path)"))
      let evaluate = try workshop.oddity(
        "evaluate", "guarded.onnx", "--id", "cal", "--ood", "odd=odd", "--report", path)
      #expect(evaluate.status == 74 && evaluate.output.isEmpty)
    }
    #expect(try folder.contents().isEmpty, "no guarded model, nothing temporary")
  }

  @Test func aReportReplacesNoInputAndNoOtherOutput() throws {
    let output = folder.path("g.onnx")
    for path in [output, "cal", Fixtures.url("residual.dyn.onnx").path, "-"] {
      let outcome = try workshop.oddity(Workshop.fitArguments + ["--output", output, "--report", path])
      #expect(outcome.status == 2, "\(path): \(outcome.messages)")
    }
    for path in ["guarded.onnx", "many.npy"] {
      let outcome = try workshop.oddity(
        "evaluate", "guarded.onnx", "--id", "cal", "--ood", "rows=many.npy", "--report", path)
      #expect(outcome.status == 2 && outcome.messages.contains("would replace"))
    }
  }

  @Test func theBenchmarksNumbersAreThoseOfItsJSON() throws {
    let suite = try SuiteFolder()
    let outcome = try suite.run("--json", "--pseudo-ood", "jigsaw,blur", "--report", "out/r.html")
    #expect(outcome.status == 0, "\(outcome.messages)")
    let html = try String(decoding: suite.contents("out/r.html"), as: UTF8.self)
    let page = try ParsedPage(html)
    expectSelfContained(page, html)
    let network = try outcome.json().objects("networks")[0]
    let methods = try network.object("table").objects("methods")
    let rows = page.rows(ofTable: "net: FPR95 / AUROC").dropFirst()
    #expect(rows.count == methods.count)
    for (row, method) in zip(rows, methods) {
      let cells = try (method.objects("ood") + [method.object("mean")]).map {
        try "\(decimal(100 * $0.number("fpr95"), 2)) / \(decimal(100 * $0.number("auroc"), 2))"
      }
      #expect(try row == [method.text("name")] + cells)
    }
    let blocks = try network.object("blocks").objects("blocks")
    let table = page.rows(ofTable: "NormRatio by kind").dropFirst()
    #expect(table.count == blocks.count)
    for (row, block) in zip(table, blocks) {
      let ratios = try block.numbers("norm_ratios").map { decimal($0, 3) }
      let aurocs = try (block.numbers("aurocs") + [block.number("mean_auroc")]).map { decimal(100 * $0, 2) }
      #expect(row.dropFirst() == (ratios + aurocs)[...])
    }
    #expect(
      page.all("summary").allSatisfy { !$0.text.hasPrefix("Charts of the other") },
      "few scores: all are shown")
    let again = try suite.run("--json", "--pseudo-ood", "jigsaw,blur", "--report", "again.html")
    #expect(again.status == 0)
    #expect(try suite.contents("again.html") == Data(html.utf8), "the same from stored measurements")
  }

  /// With many scores, only the best are drawn. The table shows which of them `auto` is.
  @Test func aBenchmarkOfManyScoresStaysReadable() throws {
    let suite = try SuiteFolder(
      SuiteFolder.suite.replacing(
        "[energy, featurenorm, msp", with: "[auto, energy, gen, knn, vra, nan, featurenorm, msp"))
    let outcome = try suite.run("--json", "--report", "out/r.html")
    #expect(outcome.status == 0, "\(outcome.messages)")
    let html = try String(decoding: suite.contents("out/r.html"), as: UTF8.self)
    let page = try ParsedPage(html)
    expectSelfContained(page, html)
    #expect(page.all("summary").map(\.text).contains("Charts of the other 3 scores"))
    #expect(page.all("h3").map(\.text).contains("Choice of auto"))
    let chosen = try outcome.json().objects("networks")[0].object("fit").object("auto").object("chosen")
    let markdown = try String(decoding: suite.contents("out/results.md"), as: UTF8.self)
    #expect(try markdown.contains("auto chose \(chosen.text("name"))"))
  }

  /// The page loads nothing, runs no script, and is readable on any screen and on paper.
  private func expectSelfContained(_ page: ParsedPage, _ html: String) {
    #expect(page.all("script").isEmpty && page.all("link").isEmpty && page.all("iframe").isEmpty)
    for element in page.root.all {
      for name in ["src", "href", "xlink:href", "action", "data"] {
        #expect(element.attributes[name]?.hasPrefix("data:image/jpeg;base64,") ?? true)
      }
      #expect(!element.attributes.keys.contains { $0.hasPrefix("on") })
    }
    #expect(page.all("img").allSatisfy { $0.attributes["alt"]?.isEmpty == false })
    #expect(page.all("html").first?.attributes["lang"] == "en" && page.all("h1").count == 1)
    #expect(page.all("meta").contains { $0.attributes["name"] == "viewport" })
    #expect(page.all("table").allSatisfy { !$0.all("caption").isEmpty })
    #expect(page.all("th").allSatisfy { ["col", "row"].contains($0.attributes["scope"]) })
    #expect(page.all("figure").allSatisfy { $0.all("figcaption").count == 1 })
    let style = page.all("style").first?.text ?? ""
    #expect(style.contains("prefers-color-scheme: dark") && style.contains("@media print"))
    #expect(!style.contains("url(") && !style.contains("@import"))
    #expect(html.hasPrefix("<!DOCTYPE html>\n") && html.utf8.count < 2_000_000)
  }

  /// The number in the form of a page, with U+2212 as minus sign.
  private func decimal(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value).replacingOccurrences(of: "-", with: "−")
  }
}

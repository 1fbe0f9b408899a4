import Foundation
import Testing
import TestSupport

/// `oddity assess`, and the selective prediction of `evaluate`.
@Suite struct AssessCommandTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop.shared }

  private static let root = PythonReference.packageRoot
  private static let demo = root.appending(path: ".demo").path
  private static let networks = root.appending(path: "Demo/networks").path

  /// The demo's ResNet-18, calibrated on labelled images.
  private enum Fitted {
    static let made = Result {
      let fit = try Workshop.shared.oddity(
        "fit", "\(networks)/resnet18.onnx", "--id", "\(demo)/train/train-images-idx3-ubyte.gz", "--limit",
        "300", "--calibration",
        "\(demo)/calibration.tar", "--labels", "\(networks)/labels.txt", "--preprocess",
        "\(networks)/preprocess.json", "--score", "energy", "--output", "assessed.onnx")
      #expect(fit.status == 0, "\(fit.messages)")
    }
  }

  private func fitted() throws -> String {
    try Fitted.made.get()
    return "assessed.onnx"
  }

  @Test func aBatchIsAssessed() throws {
    let outcome = try workshop.oddity(
      "assess", fitted(), "\(Self.demo)/test.tar", "--json", "--report", "assessment.html")
    #expect(outcome.status == 0, "\(outcome.messages)")
    let json = try outcome.json()
    #expect(try json.number("images") == 5_000 && json.number("failures") == 0)
    #expect(try json.number("flagged") > 0 && json.number("alpha") == 0.05)
    #expect(try json.objects("gates").isEmpty && !json.objects("groups").isEmpty)
    let page = try String(contentsOf: workshop.folder.url.appending(path: "assessment.html"), encoding: .utf8)
    #expect(page.contains("At least") && page.contains("Group 1") && page.contains("data:image/jpeg"))
  }

  @Test func gatesDecideTheExitCode() throws {
    let model = try fitted()
    let passed = try workshop.oddity(
      "assess", model, "\(Self.demo)/test.tar", "--max-outliers", "0.5", "--min-accuracy", "0.5")
    #expect(passed.status == 0 && passed.output.contains("passed: --min-accuracy"), "\(passed.output)")
    #expect(
      passed.output.contains("accuracy to expect: ") && passed.output.contains("strange images: at least "))
    let failed = try workshop.oddity("assess", model, "\(Self.demo)/stamps", "--max-outliers", "0.1")
    #expect(failed.status == 1 && failed.output.contains("FAILED: --max-outliers 0.1"), "\(failed.output)")
    for wrong in [["--max-outliers", "2"], ["--shift-alpha", "-1"], ["--min-accuracy", "much"], []] {
      let refused = try workshop.oddity(["assess", model] + (wrong.isEmpty ? [] : ["id"] + wrong))
      #expect(refused.status == 2)
    }
  }

  @Test func confidenceIsCalibratedInEveryFormat() throws {
    let model = try fitted()
    let lines = try workshop.oddity("score", model, "\(Self.demo)/stamps")
    #expect(lines.output.contains("\"calibrated_confidence\":0."))
    let table = try workshop.oddity("score", model, "\(Self.demo)/stamps", "--format", "csv")
    #expect(
      table.output.hasPrefix("input,score,p_value,outlier,class,label,confidence,calibrated_confidence,error")
    )
    let json = try workshop.oddity("inspect", model, "--json").json()
    #expect(try json.number("confidence_temperature") > 0)
  }

  @Test func evaluationsMeasureSelectivePrediction() throws {
    let outcome = try workshop.oddity(
      "evaluate", fitted(), "--id", "\(Self.demo)/test.tar", "--ood", "stamps=\(Self.demo)/stamps",
      "--shifted",
      "again=\(Self.demo)/calibration.tar", "--json", "--report", "selective.html")
    #expect(outcome.status == 0, "\(outcome.messages)")
    let detector = try #require(try outcome.json().objects("detectors").first)
    let selective = try detector.object("selective")
    let accuracy = try detector.number("id_accuracy")
    #expect(try selective.number("images") == 5_000)
    #expect(try abs(selective.number("wrong") - (1 - accuracy) * 5_000) < 0.5)
    #expect(try selective.number("aurc") < 1 - accuracy && selective.number("augrc") < (1 - accuracy) / 2)
    let set = try #require(try detector.objects("ood").first).object("selective")
    #expect(try set.number("wrong") > selective.number("wrong"))
    let accepted = try detector.objects("accepted")
    let flagged = try detector.number("id_flagged")
    #expect(
      try abs(accepted[2].number("coverage") - (1 - flagged)) < 1e-9 && accepted[2].number("alpha") == 0.05)
    #expect(try accepted.last?.number("accuracy") ?? 0 > accuracy)
    let shifted = try #require(try detector.objects("shifted").first)
    #expect(try abs(shifted.number("accuracy_lost") - (accuracy - shifted.number("accuracy"))) < 1e-9)
    let text = try workshop.oddity(
      "evaluate", fitted(), "--id", "\(Self.demo)/test.tar", "--ood", "stamps=\(Self.demo)/stamps",
      "--shifted",
      "again=\(Self.demo)/calibration.tar")
    #expect(text.output.contains("AURC / AUGRC") && text.output.contains("Shifted images"))
    let page = try String(contentsOf: workshop.folder.url.appending(path: "selective.html"), encoding: .utf8)
    #expect(page.contains("Selective prediction") && page.contains("Shifted in-distribution images"))
  }
}

import Foundation
import Testing
import TestSupport

/// `oddity verify --model`: proves that a guarded file contains only a classifier and Oddity's nodes.
@Suite struct ProvenanceTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop.shared }

  private func prove(_ guarded: String, _ network: String, _ flags: String...) throws
    -> CommandUnderTest.Outcome
  {
    try workshop.oddity(
      ["verify", guarded, "--model", Fixtures.url(network).path, "--json"] + flags)
  }

  /// On both sides, old operator sets are raised, functions are inlined, and external data is loaded.
  @Test(arguments: [
    ("residual.dyn.onnx", ["--score", "energy,featurenorm,knn+norm,vim", "--with-map"]),
    ("residual.ts.onnx", ["--score", "odin,react", "--raw-input"]),
    ("opset7.ts.onnx", ["--score", "energy"]), ("functions.ts.onnx", ["--score", "energy"]),
    ("external.dyn.onnx", ["--score", "msp,mahalanobis"]), ("float16.ts.onnx", ["--score", "energy+norm"]),
    ("unfolded.ts.onnx", ["--score", "featurenorm"]), ("fixed_batch.dyn.onnx", ["--score", "gen"]),
  ])
  func whatFitWritesIsProven(network: String, flags: [String]) throws {
    let guarded = "proven-\(network)"
    let fit = try workshop.oddity(
      [
        "fit", Fixtures.url(network).path, "--id", "id", "--preprocess", "spec.json", "--no-signatures",
        "--output",
        guarded,
      ] + flags)
    #expect(fit.status == 0, "\(fit.messages)")
    let outcome = try prove(guarded, network, "--strict")
    #expect(outcome.status == 0, "\(outcome.output) \(outcome.messages)")
    let provenance = try outcome.json().object("provenance")
    #expect(try provenance.truth("same_file") && provenance.strings("problems").isEmpty)
  }

  /// This also holds after a recalibration, over all images or by class.
  @Test func whatIsRecalibratedIsProven() throws {
    let again = try workshop.oddity(
      "fit", "--from", "guarded.onnx", "--alpha", "0.1", "--calibration", "cal", "--output", "again.onnx")
    #expect(again.status == 0, "\(again.messages)")
    #expect(try prove("again.onnx", "residual.dyn.onnx", "--strict").status == 0)
    let byClass = try workshop.oddity(
      Workshop.fitByClassArguments + ["--output", "proven-class.onnx", "--no-signatures"])
    #expect(byClass.status == 0, "\(byClass.messages)")
    #expect(try prove("proven-class.onnx", "unoptimised.dyn.onnx", "--strict").status == 0)
  }

  @Test func changesAreTold() throws {
    let names = try JSONDecoder().decode(
      [String].self,
      from: PythonReference.run(
        "tampered_models.py", arguments: [workshop.folder.path("guarded.onnx"), workshop.folder.url.path]))
    let words = [
      "weight": "constant", "operator": "missing or changed", "removed": "missing or changed",
      "table": "ood_is_outlier",
      "scores": "ood_p_value", "output": "the output 'oddity/leak' is not one that Oddity adds",
      "node": "neither the classifier's nor Oddity's",
      "verdict": "ood_is_outlier", "domain": "operator",
    ]
    let refused: Set = ["threshold", "rank"]
    #expect(Set(names) == refused.union(words.keys))
    for name in refused {
      let outcome = try workshop.oddity("score", "tampered-\(name).onnx", "odd")
      #expect(
        outcome.status == 65 && outcome.messages.contains("its metadata were changed"), "\(outcome.messages)")
    }
    // The results of the nodes are compared with the calibration scores, image by image.
    for name in ["table", "scores", "verdict"] {
      let outcome = try workshop.oddity("score", "tampered-\(name).onnx", "odd")
      #expect(
        outcome.status == 65 && outcome.messages.contains("does not follow from the calibration scores"),
        "\(name): \(outcome.messages)")
    }
    for name in words.keys {
      let outcome = try prove("tampered-\(name).onnx", "residual.dyn.onnx")
      #expect(outcome.status == 1, "\(name): \(outcome.messages)")
      let report = try outcome.json()
      let problems = try report.object("provenance").strings("problems")
      let isTold = problems.contains { $0.contains(words[name] ?? "?") }
      #expect(try isTold && !report.truth("verified"), "\(name): \(problems)")
    }
    let text = try workshop.oddity(
      "verify", "tampered-table.onnx", "--model", Fixtures.url("residual.dyn.onnx").path)
    #expect(
      text.status == 1 && text.output.contains("verified: ") && text.output.contains("NOT proven: "))
  }

  @Test func anotherClassifierIsNotTheOneThatWasGuarded() throws {
    let outcome = try prove("guarded.onnx", "residual.ts.onnx")
    #expect(outcome.status == 1)
    // An equal classifier in another file differs only under --strict.
    let copy = workshop.folder.url.appending(path: "copy.onnx")
    try (Data(contentsOf: Fixtures.url("residual.dyn.onnx")) + Data([0x1A, 0x01, 0x78])).write(to: copy)
    let plain = try workshop.oddity("verify", "guarded.onnx", "--model", "copy.onnx", "--json")
    #expect(plain.status == 0, "\(plain.output)")
    #expect(try !plain.json().object("provenance").truth("same_file"))
    let strict = try workshop.oddity("verify", "guarded.onnx", "--model", "copy.onnx", "--strict")
    #expect(strict.status == 1 && strict.output.contains("SHA-256"))
  }

  @Test func flagsThatDoNotGoTogetherAreRefused() throws {
    #expect(try workshop.oddity("verify", "guarded.onnx", "--strict").status == 2)
    let all = try workshop.oddity("verify", "guarded.onnx", "--all-engines", "--model", "x.onnx")
    #expect(all.status == 2 && all.messages.contains("leave one of them out"))
    let gone = try workshop.oddity("verify", "guarded.onnx", "--model", "gone.onnx")
    #expect(gone.status != 0 && gone.messages.contains("gone.onnx") && !gone.messages.contains("\n\n"))
  }
}

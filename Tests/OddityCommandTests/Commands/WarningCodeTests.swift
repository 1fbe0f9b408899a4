import Foundation
import Testing
import TestSupport

/// Warnings by their codes, on images that cause them.
@Suite struct WarningCodeTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop.shared }

  private static let model = Fixtures.url("residual.dyn.onnx").path

  @Test(arguments: [
    (
      ["--id", "id", "--with-selected-norm", "--score", "featurenorm,tempscale,energy"],
      [
        "preprocessing-unknown", "calibration-from-id", "no-composition", "score-left-out",
        "accuracy-near-chance",
      ]
    ),
    (["--id", "id", "--labels", "others.txt"], ["truth-unknown"]),
    (["--id", "id", "bad"], ["images-unusable"]),
    (["--id", "id", "--score", "react,energy", "--set", "react.percentile=0"], ["score-constant"]),
    (["--id", "id", "--calibration", "id"], ["calibration-overlap"]),
    (
      ["--id", "id", "--calibration", "cal", "--calibration-by", "class", "--alpha", "0.011"],
      ["classes-one-group"]
    ),
  ])
  func aFitWarns(_ flags: [String], _ codes: [String]) throws {
    let outcome = try workshop.oddity(["fit", Self.model, "--json", "-o", "warned.onnx"] + flags)
    let warnings = try outcome.json().objects("warnings")
    let found = try warnings.map { try $0.text("code") }
    for code in codes { #expect(found.contains(code), "\(code) of \(found)") }
    // The warnings in the JSON were also printed.
    for warning in warnings where try warning.text("code") != "images-unusable" {
      #expect(try outcome.messages.contains(warning.text("text")))
    }
  }

  /// The labels are the predicted classes, so no temperature is low enough.
  @Test func aTemperatureOfImagesThatTheNetworkIsSureOf() throws {
    let lines = try workshop.oddity("score", "guarded.onnx", "cal").jsonLines()
    try workshop.copyCalibrationImages(to: "sure") { position, _ in try lines[position].text("label") }
    let outcome = try workshop.oddity([
      "fit", Self.model, "--id", "id", "--calibration", "sure", "--preprocess", "spec.json", "--labels",
      "names.txt", "--score", "tempscale", "--json", "-o", "sure.onnx",
    ])
    let warnings = try outcome.json().objects("warnings")
    #expect(try warnings.contains { try $0.text("code") == "temperature-below-one" }, "\(outcome.messages)")
    #expect(try outcome.json().object("parts").number("temperature") > 0)
  }

  /// If calibration images are copies of the fit's images under any names, the network may have been trained
  /// on them.
  @Test func aTemperatureIsNotFittedOnCopies() throws {
    let outcome = try workshop.oddity([
      "fit", Self.model, "--id", "id", "--calibration", "id", "--preprocess", "spec.json", "--labels",
      "names.txt", "--score", "energy,tempscale", "--json", "-o", "copies.onnx",
    ])
    let leftOut = try outcome.json().objects("left_out")
    #expect(try leftOut.map { try $0.text("name") } == ["tempscale"], "\(outcome.messages)")
    #expect(try leftOut[0].text("reason").contains("and that are not in --id"))
  }

  @Test func anEvaluationWarns() throws {
    let outcome = try workshop.oddity(
      ["evaluate", "guarded.onnx", "--id", "cal", "--ood", "o=odd", "p=odd", "q=cal", "--json"])
    let codes = try outcome.json().objects("warnings").map { try $0.text("code") }
    #expect(Set(codes).isSuperset(of: ["source-named-twice", "ood-holds-id", "id-seen-in-fit"]), "\(codes)")
  }

  /// All features are dead, so no block can be selected, but energy does not need one.
  @Test func scoresThatNeedNoBlockAreFittedWithoutOne() throws {
    _ = try PythonReference.run("dead_model.py", arguments: [workshop.folder.path("dead.onnx")])
    func fit(_ scores: String) throws -> CommandUnderTest.Outcome {
      try workshop.oddity([
        "fit", "dead.onnx", "--id", "id", "--score", scores, "--json", "-o", "dead-guarded.onnx",
      ])
    }
    let report = try fit("energy,featurenorm,atf,knn+norm,actsub").json()
    let leftOut = try report.objects("left_out").map { try $0.text("name") }
    #expect(leftOut == ["featurenorm", "atf", "knn+norm", "actsub"])
    let codes = try report.objects("warnings").map { try $0.text("code") }
    #expect(Set(codes).isSuperset(of: ["no-block", "score-left-out", "score-constant"]), "\(codes)")
    let refused = try fit("featurenorm,energy")
    #expect(
      refused.status == 65 && refused.messages.contains("such as --score energy"), "\(refused.messages)")
  }

  /// A single feature has no directions. Its average is found like that of any map.
  @Test func scoresOfDirectionsAreLeftOutOfASingleFeature() throws {
    _ = try PythonReference.run("dead_model.py", arguments: [workshop.folder.path("single.onnx"), "1"])
    let report = try workshop.oddity([
      "fit", "single.onnx", "--id", "id", "--score",
      "energy,cores,classnorm,atf,lts,nac,rankfeat,knn,residual,kpca,ctm,pca-fused,actsub", "--json", "-o",
      "single-guarded.onnx",
    ]).json()
    #expect(
      try report.objects("scores").map { try $0.text("name") }
        == ["energy", "cores", "classnorm", "atf", "lts", "nac"])
    #expect(try report.objects("left_out").count == 7)
    #expect(
      try report.objects("left_out").allSatisfy { try $0.text("reason").contains("has only one feature") })
  }

  /// A score whose gradient is not available is left out, and the others are fitted.
  @Test func aScoreWithoutItsGradientIsLeftOut() throws {
    func fit(_ scores: String) throws -> CommandUnderTest.Outcome {
      try workshop.fit("float16.ts.onnx", "--score", scores, "--json", to: "half.onnx")
    }
    let report = try fit("energy,odin").json()
    #expect(try report.objects("left_out").map { try $0.text("name") } == ["odin"])
    #expect(try report.objects("scores").map { try $0.text("name") } == ["energy"])
    #expect(try fit("odin,energy").status == 2)
  }
}

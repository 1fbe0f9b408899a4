import Foundation
import Testing
import TestSupport

/// Arrays of float32 are used unchanged. A model that was fitted only on arrays does not know how images
/// become such values.
@Suite struct PreparedArraysTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop.shared }

  /// Writes 120 noise images, [120, 3, 32, 32], and fits on them.
  private func fit(_ name: String, from least: Float, to largest: Float, _ flags: String...) throws
    -> CommandUnderTest.Outcome
  {
    var state: UInt64 = 7
    let values = (0..<120 * 3 * 32 * 32).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return least + (largest - least) * Float(state >> 40) / Float(1 << 24)
    }
    try NumPyFile.write(
      values, shape: [120, 3, 32, 32], to: workshop.folder.url.appending(path: "\(name).npy"))
    return try workshop.oddity(
      [
        "fit", Fixtures.url("residual.ts.onnx").path, "--id", "\(name).npy", "--score", "energy", "--alpha",
        "0.2", "--output",
        "\(name).onnx", "--json",
      ] + flags)
  }

  private func codes(_ outcome: CommandUnderTest.Outcome) throws -> [String] {
    try outcome.json().objects("warnings").map { try $0.text("code") }
  }

  @Test func imagesAreRefusedWhereNothingTellsHowTheyBecomeSuchValues() throws {
    let fit = try fit("prepared", from: -2, to: 2)
    #expect(fit.status == 0 && fit.messages.contains("refuse images"), "\(fit.messages)")
    #expect(try codes(fit).contains("preprocessing-unknown"))
    let reason = "images cannot be scored with this guarded file"
    for arguments in [
      ["score", "prepared.onnx", "new"],
      ["evaluate", "prepared.onnx", "--id", "prepared.npy", "--ood", "odd=odd"],
    ] {
      let refused = try workshop.oddity(arguments)
      #expect(
        refused.status == 65 && refused.output.isEmpty && refused.messages.contains(reason),
        "\(refused.messages)")
      #expect(refused.messages.count { $0 == "\n" } == 1)
    }
    let among = try workshop.oddity("score", "prepared.onnx", "prepared.npy", "new/0.jpg")
    let lines = try among.jsonLines()
    #expect(among.status == 1 && lines.count == 121)
    #expect(try lines.last?.text("error").contains(reason) == true && lines[0]["error"] == nil)
  }

  @Test func scaledArraysMayBeImages() throws {
    #expect(
      try fit("scaled", from: 0, to: 1).messages.contains("this guarded file will scale images to [0, 1]"))
    let doubted = try workshop.oddity("score", "scaled.onnx", "new/0.jpg")
    #expect(
      doubted.status == 0 && doubted.messages.contains("fitted without --preprocess"), "\(doubted.messages)")
  }

  @Test func bytesAsFloatsAreWarnedOf() throws {
    let bare = try fit("bytes-as-floats", from: 0, to: 255)
    #expect(try codes(bare).contains("array-values-unusual") && bare.messages.contains(", like bytes,"))
    let normalised = try fit("bytes-normalised", from: 0, to: 255, "--preprocess", "spec.json")
    #expect(try codes(normalised).contains("array-values-unusual"))
    #expect(normalised.messages.contains("--preprocess makes values of"))
    let prepared = try fit("known", from: -1.6, to: 2, "--preprocess", "spec.json")
    #expect(try !codes(prepared).contains { ["array-values-unusual", "preprocessing-unknown"].contains($0) })
    // The preprocessing determines how images become such values.
    #expect(try workshop.oddity("score", "known.onnx", "new/0.jpg").messages.isEmpty)
    let far = try workshop.oddity("score", "known.onnx", "bytes-as-floats.npy", "--only-outliers")
    #expect(far.messages.contains("bytes-as-floats.npy holds values of 0.0"), "\(far.messages)")
  }

  @Test func preparedArraysAndImagesDoNotMix() throws {
    let mixed = try fit("mixed", from: -2, to: 2, "--calibration", "cal")
    #expect(mixed.status == 65 && mixed.messages.contains("tell with --preprocess"), "\(mixed.messages)")
    #expect(
      try fit("mixed", from: -2, to: 2, "--calibration", "cal", "--preprocess", "spec.json").status == 0)
  }

  @Test func preprocessingWithoutMeanAndStdIsWarnedOf() throws {
    try Data(#"{"resize": [32, 32]}"#.utf8).write(to: workshop.folder.url.appending(path: "sized.json"))
    try Data(#"{"mean": [0.5], "std": [58]}"#.utf8).write(
      to: workshop.folder.url.appending(path: "units.json"))
    let sized = try workshop.fit("vgg.ts.onnx", "--preprocess", "sized.json", "--json", to: "sized.onnx")
    #expect(try codes(sized).contains("preprocessing-unknown"))
    #expect(
      sized.messages.contains("since --preprocess says neither mean nor std values are scaled to [0, 1]"))
    let units = try workshop.fit("vgg.ts.onnx", "--preprocess", "units.json", "--json", to: "units.onnx")
    #expect(
      try codes(units).contains("preprocessing-doubtful") && !codes(units).contains("preprocessing-unknown"))
  }

  /// On standard error and in the JSON. There is no message if folders are classes.
  @Test func foldersThatAreNoClassesAreSaid() throws {
    let names = (0..<10).map { "C\($0)\n" }.joined()
    try Data(names.utf8).write(to: workshop.folder.url.appending(path: "capitals.txt"))
    let fit = try workshop.fit("vgg.ts.onnx", "--labels", "capitals.txt", "--json", to: "capitals.onnx")
    let text = "its folders are c0, c1, c2, c3, …, and the class names C0, C1, C2, C3, …: none match"
    #expect(try codes(fit).contains("truth-unknown") && fit.messages.contains(text), "\(fit.messages)")
    let evaluation = try workshop.oddity(
      "evaluate", "capitals.onnx", "--id", "id", "--ood", "odd=odd", "--json")
    #expect(try codes(evaluation).contains("truth-unknown") && evaluation.messages.contains(text))
    let useless = try workshop.oddity(
      "evaluate", "guarded.onnx", "--id", "cal", "--ood", "odd=odd", "--labels", "names.txt")
    #expect(useless.messages.contains("the class of each image in cal is unknown"), "\(useless.messages)")
  }
}

import Foundation
import Oddity
import Testing
import TestSupport

/// The library names settings as in Swift. Only the command has flags.
@Suite struct LibraryWordsTests {
  @Test func noFileOfTheLibraryNamesAFlag() throws {
    let sources = PythonReference.packageRoot.appending(path: "Sources")
    let paths = try FileManager.default.subpathsOfDirectory(atPath: sources.path)
    let library = paths.filter { $0.hasSuffix(".swift") && !$0.hasPrefix("OddityCommand/") }
    #expect(library.count > 300 && library.contains("OdditySettings/Setting.swift"))
    // CSS variables look like flags.
    for path in library where !path.hasSuffix("HTML/Stylesheet.swift") {
      let flags = Self.flags(in: try String(contentsOf: sources.appending(path: path), encoding: .utf8))
      #expect(flags == [], "\(path): write \\(.setting) in place of the flag")
    }
  }

  @Test func aFlagIsFound() {
    let text = #"""
      /// The argument of `--comment` is not a message.
      let plain = "pass --logits NAME", cut = "a word "
        + "--alpha; 'oddity scores' lists them"
      let others = "pack it (tar --dereference)", sum = 1 - -2
      """#
    #expect(Self.flags(in: text) == ["--logits", "--alpha", "'oddity scores"])
  }

  /// Flags and commands in the code's lines, except flags of other programs.
  private static func flags(in text: String) -> [Substring] {
    text.split(separator: "\n").filter { !$0.trimmingCharacters(in: .whitespaces).hasPrefix("//") }
      .flatMap { $0.matches(of: #/--[a-z][a-z-]*|'oddity [a-z]+/#).map(\.output) }
      .filter { !["--data-binary", "--dereference", "--tflite"].contains($0) }
  }

  /// The messages for a program that embeds the library.
  @Test func errorsAndWarningsSpeakSwift() async throws {
    var settings = ScoreSettings()
    let unknown = #expect(throws: OddityError.self) { try settings.set("knn+norm.K=5") }
    #expect(unknown?.message.contains("so write `settings: knn.K=5`") == true)
    let engine = try Engine()
    let noInput = #expect(throws: OddityError.self) {
      try Classifier(contentsOf: Fixtures.url("two_inputs.ts.onnx"), engine: engine)
    }
    #expect(noInput?.message.hasSuffix("pass `input: NAME`") == true)
    let preprocessing = #expect(throws: ImagingError.self) {
      try Preprocessing().resolved(inputShape: [nil, 3, nil, nil])
    }
    #expect(preprocessing?.message.contains("in a JSON file for `preprocessing`, such as") == true)

    let folder = try TemporaryFolder()
    let images = try SyntheticImages(count: 40, in: folder)
    var options = FitOptions.paper
    options.alpha = try Alpha(0.2)
    let fit = try await Fit(
      model: Fixtures.url("one_block.ts.onnx"), inDistribution: [images.source], options: options,
      engine: engine)
    let warnings = fit.report.warnings.map(\.text).joined(separator: "\n")
    #expect(warnings.contains("`block: TENSOR` of a fit takes any") && !warnings.contains("--"))
  }
}

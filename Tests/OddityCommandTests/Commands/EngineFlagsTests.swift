import Foundation
import Testing
import TestSupport

/// Flags about how a network is run, on the built command.
@Suite struct EngineFlagsTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop.shared }

  private func scores(_ flags: String...) throws -> [Double] {
    let outcome = try workshop.oddity(["score", "guarded.onnx", "odd"] + flags)
    #expect(outcome.status == 0, "\(outcome.messages)")
    return try outcome.jsonLines().map { try $0.number("score") }
  }

  @Test func compiledNetworksAreKept() throws {
    let plain = try scores()
    #expect(try scores("--cache-dir", "cache/new") == plain)
    let cached = try FileManager.default.subpathsOfDirectory(atPath: workshop.folder.path("cache/new"))
    #expect(!cached.isEmpty)
    #expect(try scores("--cache-dir", "cache/new") == plain)
  }

  @Test func withoutTheEngineTheWaysToGetItAreNamed() throws {
    let outcome = try CommandUnderTest.shell(
      "ODDITY_OPENVINO_LIBRARY=/nowhere.so exec \"$oddity\" score guarded.onnx odd",
      directory: workshop.folder.url)
    #expect(outcome.status == 69 && outcome.output.isEmpty)
    #expect(outcome.messages.contains("/nowhere.so") && outcome.messages.contains("Scripts/setup"))
  }

  /// Processors without bfloat16 refuse it; those with it come close to single precision.
  @Test func bfloat16IsAChoice() throws {
    let outcome = try workshop.oddity("score", "guarded.onnx", "odd", "--precision", "bf16")
    guard outcome.status == 0 else {
      #expect(outcome.status == 2 && outcome.output.isEmpty)
      #expect(outcome.messages == "oddity: this processor has no native bf16: use f32\n")
      return
    }
    for (half, single) in zip(try outcome.jsonLines(), try scores()) {
      #expect(try abs(half.number("score") / single - 1) < 0.05)
    }
  }

  @Test func threadsChangeNothing() throws {
    let one = try scores("--threads", "1")
    #expect(zip(one, try scores("--threads", "2")).allSatisfy { abs($0 / $1 - 1) < 1e-6 })
  }

  @Test(arguments: [
    (["--score", "nearest"], "there are featurenorm, atf, classnorm"),
    (["--pseudo-ood", "mirror"], "there are jigsaw"),
  ])
  func otherScoresAndPseudoOODImagesSayWhatThereIs(flags: [String], available: String) throws {
    let outcome = try workshop.oddity(["fit", "m", "--id", "id", "--output", "o"] + flags)
    #expect(outcome.status == 2 && outcome.messages.contains(available), "\(outcome.messages)")
  }
}

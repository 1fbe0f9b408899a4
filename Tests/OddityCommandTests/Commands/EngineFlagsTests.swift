import Foundation
import Testing
import TestSupport

/// Flags that determine how a network runs, tested on the built command.
@Suite struct EngineFlagsTests {
  private let workshop: Workshop

  init() throws { workshop = try Workshop.shared }

  private func scores(_ flags: String...) throws -> [Double] {
    let outcome = try workshop.oddity(["score", "guarded.onnx", "odd"] + flags)
    #expect(outcome.status == 0, "\(outcome.messages)")
    return try outcome.jsonLines().map { try $0.number("score") }
  }

  @Test(.enabled(if: TestedEngine.isOpenVINO, "others keep none on the processor"))
  func compiledNetworksAreKept() throws {
    let plain = try scores()
    #expect(try scores("--cache-dir", "cache/new") == plain)
    let cached = try FileManager.default.subpathsOfDirectory(atPath: workshop.folder.path("cache/new"))
    #expect(!cached.isEmpty)
    #expect(try scores("--cache-dir", "cache/new") == plain)
  }

  @Test func withoutTheEngineTheWaysToGetItAreNamed() throws {
    let outcome = try CommandUnderTest.shell(
      "ODDITY_ENGINE= ODDITY_OPENVINO_LIBRARY=/nowhere.so exec \"$oddity\" score guarded.onnx odd",
      directory: workshop.folder.url)
    #expect(outcome.status == 69 && outcome.output.isEmpty)
    #expect(outcome.messages.contains("/nowhere.so") && outcome.messages.contains("Scripts/setup"))
  }

  /// Processors without bfloat16 refuse it. With it, results are close to single precision.
  @Test(.enabled(if: TestedEngine.isOpenVINO, "others compute in the network's precision"))
  func bfloat16IsAChoice() throws {
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

  /// Both engines give the same verdicts, and scores that agree to the last digits.
  @Test func enginesAgree() throws {
    let outcomes = try ["openvino", "onnxruntime"].map {
      try workshop.oddity("score", "guarded.onnx", "odd", "--engine", $0).jsonLines()
    }
    #expect(outcomes[0].count == outcomes[1].count && !outcomes[0].isEmpty)
    let scores = try outcomes.map { try $0.map { try $0.number("score") } }
    let spread = try #require(scores[0].max()) - #require(scores[0].min())
    #expect(zip(scores[0], scores[1]).allSatisfy { abs($0 - $1) <= 1e-5 * spread })
    for (line, other) in zip(outcomes[0], outcomes[1]) {
      #expect(line["outlier"] as? Bool == other["outlier"] as? Bool)
    }
  }

  @Test func enginesAreListed() throws {
    let outcome = try workshop.oddity("engines", "--json")
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("\"openvino\"") && outcome.output.contains("\"onnxruntime\""))
    let text = try workshop.oddity("engines")
    #expect(text.output.contains("devices  CPU\n") && text.output.contains("devices  cpu\n"))
  }

  @Test func withoutAnyEngineBothAreExplained() throws {
    let missing = "ODDITY_OPENVINO_LIBRARY=/nowhere.so ODDITY_ONNXRUNTIME_LIBRARY=/nowhere/else.so"
    let outcome = try CommandUnderTest.shell(
      "\(missing) exec \"$oddity\" engines", directory: workshop.folder.url)
    #expect(outcome.status == 69)
    #expect(outcome.output.contains("/nowhere.so") && outcome.output.contains("/nowhere/else.so"))
  }

  @Test(arguments: [
    (["--engine", "torch"], 2, "openvino"), (["--device", ""], 2, "--device is empty"),
    (["--engine", "openvino", "--device", "NPU"], 2, "NPU computes in half precision"),
    (["--device", "cuda:1"], 2, "has no cuda, only cpu: install onnxruntime-gpu"),
    (["--engine", "onnxruntime", "--device", "GPU"], 2, "device 'GPU' is not one of cpu, cuda[:N]"),
    (["--engine", "onnxruntime", "--cache-dir", "c"], 2, "cannot store compiled networks"),
    (["--engine", "onnxruntime", "--precision", "bf16"], 2, "use f32"),
  ])
  func enginesAndDevicesThatAreNotThereAreRefused(flags: [String], status: Int32, message: String) throws {
    let outcome = try workshop.oddity(["score", "guarded.onnx", "odd"] + flags)
    #expect(outcome.status == status && outcome.output.isEmpty)
    #expect(outcome.messages.contains(message), "\(outcome.messages)")
    if flags.first != "--engine" || flags[1] != "torch" {
      #expect(outcome.messages.split(separator: "\n").count { $0.hasPrefix("oddity:") } <= 1)
    }
  }

  @Test(arguments: [
    (["--score", "nearest"], "the scores are featurenorm, atf, classnorm"),
    (["--pseudo-ood", "mirror"], "the kinds are jigsaw"),
  ])
  func otherScoresAndPseudoOODImagesSayWhatThereIs(flags: [String], available: String) throws {
    let outcome = try workshop.oddity(["fit", "m", "--id", "id", "--output", "o"] + flags)
    #expect(outcome.status == 2 && outcome.messages.contains(available), "\(outcome.messages)")
  }
}

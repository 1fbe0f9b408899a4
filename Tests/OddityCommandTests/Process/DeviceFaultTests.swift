import Engines
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import OddityCommand

/// A device is lost while a command runs: one line, the correct exit code, and no incomplete files.
@Suite struct DeviceFaultTests {
  private let workshop: Workshop
  private let folder: TemporaryFolder

  init() throws {
    workshop = try Workshop.shared
    folder = try TemporaryFolder()
  }

  /// - Parameter batches: how many batches the device computes before it is lost; nil for a healthy device.
  /// - Returns: how many more it could have computed.
  private func run(_ arguments: [String], batches: Int?) async throws -> (left: Int, printed: String) {
    let engine = try FaultyEngine(losingItAfter: batches ?? 100_000)
    let opened = Engine(.onnxruntime, running: engine)
    let printed = Mutex("")
    let audience = Audience(
      write: { data in printed.withLock { $0 += String(decoding: data, as: UTF8.self) } }, say: { _ in })
    try await NamedEngines.$current.withValue(NamedEngines { _ in opened }) {
      try await CommandRunner.call(arguments + ["--device", "faulty", "--batch", "8"], for: audience)
    }
    return (engine.left, printed.withLock { $0 })
  }

  private func stop(_ arguments: [String], batches: Int) async -> Stop? {
    let error = await #expect(throws: (any Error).self) { _ = try await run(arguments, batches: batches) }
    return error.map { Stop($0) }
  }

  private func path(_ name: String) -> String { workshop.folder.path(name) }

  private func expectInternalError(_ stop: Stop?) throws {
    let stop = try #require(stop)
    #expect(stop.status == .internalError)
    let message = try #require(stop.message)
    #expect(message.contains("the device was lost") && !message.contains("\n"), "\(message)")
  }

  /// Numbers of batches from the first to the last but one.
  private func moments(_ arguments: [String]) async throws -> [Int] {
    let all = 100_000 - (try await run(arguments, batches: nil)).left
    return [0, 1, all / 2, all - 1]
  }

  private var fit: [String] {
    [
      "fit", Fixtures.url("residual.dyn.onnx").path, "--id", path("id"), "--calibration", path("cal"),
      "--preprocess", path("spec.json"), "--score", "featurenorm,energy", "--seed", "5",
    ]
  }

  @Test func aFitWritesAllOrNothing() async throws {
    let output = folder.path("guarded.onnx")
    for moment in try await moments(fit + ["--output", output]) {
      try FileManager.default.removeItem(atPath: output)
      try expectInternalError(await stop(fit + ["--output", output], batches: moment))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == [])
      // An existing file remains.
      try Data("old".utf8).write(to: URL(filePath: output))
      try expectInternalError(await stop(fit + ["--output", output], batches: moment))
      #expect(try String(contentsOfFile: output, encoding: .utf8) == "old")
    }
    _ = try await run(fit + ["--output", output], batches: nil)
    #expect(try await run(["verify", output], batches: nil).printed.contains("verified: featurenorm"))
  }

  /// Jigsaws that a device makes equal Oddity's: both select the same block with the same numbers.
  @Test func aDeviceFitsAsTheProcessorDoes() async throws {
    let output = folder.path("guarded.onnx")
    let device = try await run(fit + ["--output", output, "--json"], batches: nil).printed
    let processor = try workshop.oddity(fit + ["--output", output, "--json", "--engine", "onnxruntime"])
      .output
    let (found, expected) = (try ratios(device), try ratios(processor))
    #expect(found.count == expected.count && !found.isEmpty)
    for (one, other) in zip(found, expected) { #expect(abs(one - other) < 1e-5 * other) }
  }

  private func ratios(_ json: String) throws -> [Double] {
    try json.json().objects("blocks").map { try $0.number("norm_ratio") }
  }

  @Test func scoringGoesOnWhereItEnded() async throws {
    let output = folder.path("scores.jsonl")
    let score = ["score", path("guarded.onnx"), path("cal"), path("id")]
    let whole = try await run(score, batches: nil).printed
    for moment in try await moments(score) {
      try? FileManager.default.removeItem(atPath: output)
      try expectInternalError(await stop(score + ["--output", output], batches: moment))
      // The file contains only complete lines, or none.
      let written = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
      #expect(written.isEmpty || written.hasSuffix("\n"))
      _ = try await run(score + ["--output", output, "--resume"], batches: nil)
      let resumed = try String(contentsOfFile: output, encoding: .utf8)
      try expectSameLines(resumed, whole, bytewise: false)
    }
  }

  /// The processor's memory is really exhausted.
  @Test(arguments: ["openvino", "onnxruntime"])
  func memoryThatIsUsedUpEndsInOneLine(engine: String) throws {
    let output = folder.path("scores.jsonl")
    // 8,192 images of a map of 16×32×32 floats are 512 MiB. The allocation arenas of threads would take space
    // too, and their number depends on which threads run at the same time.
    let images = folder.url.appending(path: "images.npy")
    try NumPyFile.write([Float](repeating: 0.5, count: 8_192 * 3_072), shape: [8_192, 3, 32, 32], to: images)
    let outcome = try CommandUnderTest.shell(
      "export MALLOC_ARENA_MAX=1; ulimit -v 950000; $oddity score '\(path("guarded.onnx"))' '\(images.path)' "
        + "--engine \(engine) --batch 8192 --quiet --output '\(output)'")
    #expect(outcome.status == 70, "\(outcome.messages)")
    let lines = outcome.messages.split(separator: "\n")
    #expect(
      lines.count == 1 && lines[0].contains("batches of fewer images need less memory"), "\(outcome.messages)"
    )
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["images.npy"])
  }

  @Test func anEvaluationAndAVerificationEnd() async throws {
    let report = folder.path("report.html")
    let evaluate = [
      "evaluate", path("guarded.onnx"), "--id", path("cal"), "--ood", "far=\(path("id"))", "--report", report,
    ]
    for moment in try await moments(evaluate) {
      try? FileManager.default.removeItem(atPath: report)
      try expectInternalError(await stop(evaluate, batches: moment))
      #expect(!FileManager.default.fileExists(atPath: report))
    }
    try expectInternalError(await stop(["verify", path("guarded.onnx")], batches: 1))
  }
}

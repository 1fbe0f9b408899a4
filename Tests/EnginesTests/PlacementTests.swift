import Foundation
import Engines
import Testing
import TestSupport

/// The cores on which the engine's threads run.
@Suite struct PlacementTests {
  /// Otherwise two processes with one thread each would both use the first core. The engine binds a thread
  /// only while it computes, so the test observes many batches. It runs in a separate process, because a
  /// thread that the engine creates for answers is bound during the millisecond in which it starts, and the
  /// models of other tests have such threads too.
  @Test(
    .enabled(if: TestedEngine.isOpenVINO, "its threads are those that call it"),
    .enabled(if: ProcessInfo.processInfo.activeProcessorCount > 1, "there is only one core")
  )
  func threadsMayMoveToAnyCore() async {
    await #expect(processExitsWith: .success) {
      let reference = try EngineReference.load()
      let model = try reference.compile("dynamic", .init(threads: 1))
      let images = reference.images(7)
      let batch = { @Sendable in
        try await model.infer(images.values, shape: images.shape, outputs: ["logits"])
      }
      _ = try await batch()
      let computing = Task { while !Task.isCancelled { _ = try await batch() } }
      let process = try #require(PlacementTests.coresAllowed("/proc/self"))
      var seen: Set = [process]
      for _ in 0..<100 {
        let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")
        seen.formUnion(threads.compactMap { PlacementTests.coresAllowed("/proc/self/task/\($0)") })
      }
      #expect(seen == [process], "some threads may use \(seen), the process \(process)")
      computing.cancel()
      // A batch that waits for its turn ends in this way. Any other error is a failure.
      do { try await computing.value } catch is CancellationError {}
    }
  }

  /// nil for a thread that has ended.
  private static func coresAllowed(_ folder: String) -> Substring? {
    let status = try? String(contentsOfFile: "\(folder)/status", encoding: .utf8)
    return status?.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") }
  }
}

import Foundation
import OpenVINORuntime
import Testing

/// Where the engine's threads run.
@Suite struct PlacementTests {
  /// Else two processes of one thread each would both sit on the first core. The engine binds a thread only while it computes,
  /// so many batches are looked at.
  @Test(.enabled(if: ProcessInfo.processInfo.activeProcessorCount > 1, "there is only one core"))
  func threadsMayMoveToAnyCore() async throws {
    let reference = try EngineReference.load()
    let model = try reference.compile("dynamic", .init(threads: 1))
    let images = reference.images(7)
    let computing = Task {
      while !Task.isCancelled {
        _ = try await model.infer(images.values, shape: images.shape, outputs: ["logits"])
      }
    }
    defer { computing.cancel() }
    let process = try Self.coresAllowed("/proc/self")
    for _ in 0..<100 {
      for thread in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task") {
        // Some end meanwhile.
        guard let cores = try? Self.coresAllowed("/proc/self/task/\(thread)") else { continue }
        try #require(cores == process)
      }
    }
    computing.cancel()
    try await computing.value
  }

  private static func coresAllowed(_ folder: String) throws -> String {
    let status = try String(contentsOfFile: "\(folder)/status", encoding: .utf8)
    return String(try #require(status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") }))
  }
}

import Foundation
import Oddity
import Synchronization
import TestSupport
import Testing

@testable import OddityCommand

/// Commands that a program calls as functions.
@Suite struct CalledCommandTests {
  /// The events that a program receives.
  private final class Ears: Sendable {
    let printed = Mutex("")
    let said = Mutex<[String]>([])
    let followed = Mutex<[Oddity.Progress]>([])

    var audience: Audience {
      Audience(
        write: { data in self.printed.withLock { $0 += String(decoding: data, as: UTF8.self) } },
        say: { text in self.said.withLock { $0.append(text) } },
        follow: { progress in self.followed.withLock { $0.append(progress) } })
    }
  }

  @Test func resultsAndProgressGoToTheProgram() async throws {
    let workshop = try Workshop.shared
    let (guarded, images) = (workshop.folder.path("guarded.onnx"), workshop.folder.path("cal"))
    let ears = Ears()
    try await CommandRunner.call(["score", guarded, images], for: ears.audience)
    let printed = ears.printed.withLock { $0 }
    #expect(printed == (try workshop.oddity("score", guarded, images).output))
    #expect(ears.followed.withLock { $0.last }?.task == "scoring")
    #expect(ears.said.withLock { $0 }.isEmpty)
  }

  @Test func warningsGoToTheProgram() async throws {
    let ears = Ears()
    let missing = try Workshop.shared.folder.path("nothing.png")
    await #expect(throws: Stop.self) {
      try await CommandRunner.call(
        ["score", try Workshop.shared.folder.path("guarded.onnx"), missing], for: ears.audience)
    }
    #expect(ears.said.withLock { $0 }.contains { $0.contains("nothing.png") })
  }

  @Test func aServerIsNoFunction() async throws {
    let stop = await #expect(throws: Stop.self) {
      try await CommandRunner.call(["serve", "guarded.onnx"], for: Ears().audience)
    }
    #expect(stop?.status == .usage && stop?.message?.contains("oddity serve") == true)
  }
}

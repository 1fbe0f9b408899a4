import Foundation
import Oddity
import Testing
import TestSupport

@testable import OddityCommand

@Suite struct InterruptionTests {
  /// Uses a signal without another purpose, because the tests themselves react to Ctrl-C.
  @Test(.timeLimit(.minutes(20))) func unfinishedOutputsGoAndTheStatusNamesTheSignal() async throws {
    let folder = try TemporaryFolder()
    let unfinished = TemporaryOutputs()
    let file = try AtomicFile(path: folder.path("guarded.onnx"), unfinished: unfinished)
    try file.write(Data("half".utf8))
    #expect(try folder.contents().count == 1)
    let (statuses, continuation) = AsyncStream.makeStream(of: Int32.self)
    Interruption.handle([SIGUSR2], unfinished: unfinished) { continuation.yield($0) }
    kill(getpid(), SIGUSR2)
    var iterator = statuses.makeAsyncIterator()
    let status = await iterator.next()
    #expect(status == 128 + SIGUSR2)
    #expect(try folder.contents().isEmpty)
    withExtendedLifetime(file) {}
  }
}

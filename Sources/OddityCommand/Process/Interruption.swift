import Foundation
import Oddity
import Synchronization

/// Handles Ctrl-C and similar signals. Unfinished outputs are removed, then the program exits with 128 + the
/// signal's number (130 for Ctrl-C), as shells do.
enum Interruption {
  /// A signal handler may do very little, so it only writes the signal's number to this pipe. −1 until there
  /// is one.
  private static let pipeEnd = Atomic<Int32>(-1)

  /// Handles the signals while the program runs. If a hang-up is ignored (`nohup`), it stays ignored.
  ///
  /// - Parameters:
  ///   - signals: which signals interrupt.
  ///   - unfinished: the outputs to remove.
  ///   - leave: ends the program without writing buffered output.
  static func handle(
    _ signals: [Int32] = [SIGINT, SIGTERM, SIGHUP], unfinished: TemporaryOutputs = .shared,
    leave: @escaping @Sendable (Int32) -> Void = { _exit($0) }
  ) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return }
    let readEnd = ends[0]
    pipeEnd.store(ends[1], ordering: .releasing)
    Thread.detachNewThread {
      while let number = nextSignal(from: readEnd) {
        unfinished.discardAll { leave(128 + number) }
      }
    }
    for number in signals { takeOver(number) }
  }

  private static func takeOver(_ number: Int32) {
    let before = signal(number) { number in
      var byte = UInt8(truncatingIfNeeded: number)
      let code = errno
      _ = write(Interruption.pipeEnd.load(ordering: .acquiring), &byte, 1)
      errno = code
    }
    if number == SIGHUP, unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
      signal(number, SIG_IGN)
    }
  }

  /// Waits for the next signal. nil if the pipe is broken.
  private static func nextSignal(from pipe: Int32) -> Int32? {
    var byte: UInt8 = 0
    while true {
      let count = read(pipe, &byte, 1)
      if count == 1 { return Int32(byte) }
      if count == 0 || errno != EINTR { return nil }
    }
  }
}

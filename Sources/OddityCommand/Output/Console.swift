import Foundation
import Imaging
import Synchronization

/// What the command says on standard error besides its results: warnings, and a progress bar.
final class Console: Sendable {
  private struct Progress {
    var task = ""
    var done = 0
    var began: ContinuousClock.Instant?
    var drawn: ContinuousClock.Instant?
  }

  /// No bar; warnings and errors stay.
  private let quiet: Bool
  private let terminal: Terminal
  private let emit: @Sendable (String) -> Void
  private let now: @Sendable () -> ContinuousClock.Instant
  private let progress = Mutex(Progress())

  private static let redraw = Duration.milliseconds(100)
  private static let clearLine = "\r\u{1B}[K"

  /// - Parameters:
  ///   - quiet: `--quiet`.
  ///   - emit: writes text to standard error.
  ///   - now: what time it is.
  init(
    quiet: Bool, terminal: Terminal = .current,
    emit: @escaping @Sendable (String) -> Void = Console.standardError,
    now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
  ) {
    self.quiet = quiet
    self.terminal = terminal
    self.emit = emit
    self.now = now
  }

  /// Says what the user should know about the results, even with `--quiet`.
  func warn(_ message: String) {
    say("oddity: warning: \(message)")
  }

  /// Says what the user waits for; not with `--quiet`.
  func note(_ message: String) {
    if !quiet { say("oddity: \(message)") }
  }

  /// Shows how far a task is; on a terminal only, not with `--quiet`, ten times a second at most. A task that
  /// counts from the beginning again is a new one.
  ///
  /// - Parameters:
  ///   - total: nil or zero where it is not known.
  ///   - reused: how many of `done` were done before the task began.
  func showProgress(task: String, done: Int, total: Int?, reused: Int = 0) {
    guard terminal.isInteractive, !quiet else { return }
    progress.withLock { progress in
      let now = now()
      if progress.task != task || done <= progress.done { progress = Progress(task: task, began: now) }
      progress.done = done
      if let drawn = progress.drawn, now - drawn < Self.redraw, done != total { return }
      progress.drawn = now
      let elapsed = (now - (progress.began ?? now)) / .seconds(1)
      let line = ProgressLine(task: task, done: done, total: total, elapsed: elapsed, reused: reused)
      emit(Self.clearLine + line.text(width: Terminal.width - 1, color: terminal.hasColor))
    }
  }

  /// Takes the progress bar away.
  func endProgress() {
    progress.withLock { progress in
      if progress.drawn != nil { emit(Self.clearLine) }
      progress = Progress()
    }
  }

  private func say(_ line: String) {
    progress.withLock { progress in
      let clear = progress.drawn == nil ? "" : Self.clearLine
      progress.drawn = nil
      emit(clear + line + "\n")
    }
  }

  /// Nothing can be done where standard error is closed, so failures are dropped.
  static let standardError: @Sendable (String) -> Void = { text in
    try? FileHandle.standardError.write(contentsOf: Data(FileName.shownInMessage(text).utf8))
  }
}

/// What standard error can show.
struct Terminal: Sendable {
  /// Whether a person looks at it: then there is a progress bar.
  let isInteractive: Bool
  /// Whether colours are welcome: not with `NO_COLOR` (no-color.org).
  let hasColor: Bool

  /// - Parameters:
  ///   - isTerminal: whether standard error is a terminal.
  ///   - environment: the process's variables.
  init(isTerminal: Bool, environment: [String: String]) {
    isInteractive = isTerminal && environment["TERM"] != "dumb"
    hasColor = isInteractive && environment["NO_COLOR", default: ""].isEmpty
  }

  /// The one that this process writes to.
  static var current: Terminal {
    Terminal(isTerminal: isatty(STDERR_FILENO) == 1, environment: ProcessInfo.processInfo.environment)
  }

  /// Characters in one line; 80 where the terminal does not say.
  static var width: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}

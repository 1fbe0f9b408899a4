import Foundation
import Imaging
import Oddity
import Synchronization

/// Writes the command's messages to standard error: warnings, notes and a progress bar.
final class Console: Sendable {
  /// The task whose progress is shown.
  private struct Task {
    var name = ""
    var done = 0
    var began: ContinuousClock.Instant?
    var drawn: ContinuousClock.Instant?
  }

  /// Whether notes and progress are suppressed. Warnings are always written.
  private let quiet: Bool
  private let terminal: Terminal
  private let emit: @Sendable (String) -> Void
  /// Receives progress instead of the bar.
  private let follow: (@Sendable (Oddity.Progress) -> Void)?
  private let now: @Sendable () -> ContinuousClock.Instant
  private let task = Mutex(Task())

  private static let redraw = Duration.milliseconds(100)
  /// The interval of progress lines if standard error is not a terminal, for example in a log.
  private static let lineEvery = Duration.seconds(10)
  private static let clearLine = "\r\u{1B}[K"

  /// - Parameters:
  ///   - quiet: `--quiet`.
  ///   - emit: writes text to standard error, or to another audience.
  ///   - follow: receives progress instead of the bar.
  ///   - now: the current time.
  init(
    quiet: Bool, terminal: Terminal = .current,
    emit: @escaping @Sendable (String) -> Void = Audience.current.say,
    follow: (@Sendable (Oddity.Progress) -> Void)? = Audience.current.follow,
    now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
  ) {
    self.quiet = quiet
    self.terminal = terminal
    self.emit = emit
    self.follow = follow
    self.now = now
  }

  /// Writes what the user should know about the results, even with `--quiet`.
  func warn(_ message: String) {
    say("oddity: warning: \(FileName.shownOnOneLine(message))")
  }

  /// Writes what the user waits for, but not with `--quiet`.
  func note(_ message: String) {
    if !quiet { say("oddity: \(FileName.shownOnOneLine(message))") }
  }

  /// Shows the progress of a task, but not with `--quiet`. A terminal shows a bar, which is drawn at most ten
  /// times a second. Otherwise a line is written every ten seconds. If the count starts again from zero, the
  /// task is a new one.
  func show(_ progress: Oddity.Progress) {
    guard !quiet else { return }
    if let follow { return follow(progress) }
    task.withLock { task in
      let now = now()
      if task.name != progress.task || progress.done <= task.done {
        // Without a terminal, a short task prints nothing.
        task = Task(name: progress.task, began: now, drawn: terminal.isInteractive ? nil : now)
      }
      task.done = progress.done
      let isComplete = terminal.isInteractive && progress.done == progress.total
      let pause = terminal.isInteractive ? Self.redraw : Self.lineEvery
      if let drawn = task.drawn, now - drawn < pause, !isComplete { return }
      task.drawn = now
      let line = ProgressLine(progress: progress, elapsed: (now - (task.began ?? now)) / .seconds(1))
      emit(
        terminal.isInteractive
          ? Self.clearLine + line.text(width: Terminal.width - 1, color: terminal.hasColor)
          : "oddity: \(line.plainText)\n")
    }
  }

  /// Removes the progress bar.
  func endProgress() {
    task.withLock { task in
      if terminal.isInteractive, task.drawn != nil { emit(Self.clearLine) }
      task = Task()
    }
  }

  private func say(_ line: String) {
    task.withLock { task in
      guard terminal.isInteractive else { return emit(line + "\n") }
      let clear = task.drawn == nil ? "" : Self.clearLine
      task.drawn = nil
      emit(clear + line + "\n")
    }
  }
}

/// The abilities of standard error.
struct Terminal: Sendable {
  /// Whether a person watches, so that a progress bar makes sense.
  let isInteractive: Bool
  /// Whether to use colours. `NO_COLOR` turns them off (no-color.org).
  let hasColor: Bool

  /// - Parameters:
  ///   - isTerminal: whether standard error is a terminal.
  ///   - environment: the process's variables.
  init(isTerminal: Bool, environment: [String: String]) {
    isInteractive = isTerminal && environment["TERM"] != "dumb"
    hasColor = isInteractive && environment["NO_COLOR", default: ""].isEmpty
  }

  /// The terminal of this process.
  static var current: Terminal {
    Terminal(isTerminal: isatty(STDERR_FILENO) == 1, environment: ProcessInfo.processInfo.environment)
  }

  /// The number of characters in a line, or 80 if the terminal does not tell.
  static var width: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}

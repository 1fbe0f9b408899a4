import Foundation
import Imaging
import Oddity
import Synchronization

/// What the command says on standard error besides its results: warnings, and a progress bar.
final class Console: Sendable {
  /// The task whose progress is shown.
  private struct Task {
    var name = ""
    var done = 0
    var began: ContinuousClock.Instant?
    var drawn: ContinuousClock.Instant?
  }

  /// No bar; warnings and errors stay.
  private let quiet: Bool
  private let terminal: Terminal
  private let emit: @Sendable (String) -> Void
  /// Takes progress in place of the bar.
  private let follow: (@Sendable (Oddity.Progress) -> Void)?
  private let now: @Sendable () -> ContinuousClock.Instant
  private let task = Mutex(Task())

  private static let redraw = Duration.milliseconds(100)
  /// Where nobody looks at a terminal, as in a log.
  private static let lineEvery = Duration.seconds(10)
  private static let clearLine = "\r\u{1B}[K"

  /// - Parameters:
  ///   - quiet: `--quiet`.
  ///   - emit: writes text to standard error, or to whoever else is the audience.
  ///   - follow: takes progress in place of the bar.
  ///   - now: what time it is.
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

  /// Says what the user should know about the results, even with `--quiet`.
  func warn(_ message: String) {
    say("oddity: warning: \(FileName.shownOnOneLine(message))")
  }

  /// Says what the user waits for; not with `--quiet`.
  func note(_ message: String) {
    if !quiet { say("oddity: \(FileName.shownOnOneLine(message))") }
  }

  /// Shows how far a task is, not with `--quiet`: on a terminal as a bar that is drawn ten times a second at most, elsewhere in a
  /// line every ten seconds. A task that counts from the beginning again is a new one.
  func show(_ progress: Oddity.Progress) {
    guard !quiet else { return }
    if let follow { return follow(progress) }
    task.withLock { task in
      let now = now()
      if task.name != progress.task || progress.done <= task.done {
        // A short task says nothing where there is no terminal.
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

  /// Takes the progress bar away.
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

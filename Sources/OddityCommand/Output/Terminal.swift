import Foundation

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

import Oddity

/// One line of progress: task, bar, count, rate, and time left.
struct ProgressLine {
  let progress: Progress
  /// Seconds since the task began.
  let elapsed: Double

  /// The line, at most `width` characters wide. On a narrow terminal the bar is left out first.
  func text(width: Int, color: Bool) -> String {
    let numbers = [count, rate, timeLeft].compactMap(\.self).joined(separator: "  ")
    let room = width - progress.task.count - numbers.count - 5
    guard progress.total > 0, room >= 8 else {
      return String("\(progress.task)  \(numbers)".prefix(width))
    }
    return "\(progress.task)  \(bar(width: min(room, 30), color: color))  \(numbers)"
  }

  /// The line without a bar.
  var plainText: String {
    ([progress.task] + [count, rate, timeLeft].compactMap(\.self)).joined(separator: "  ")
  }

  private var count: String {
    Numbers.grouped(progress.done) + (progress.total > 0 ? "/" + Numbers.grouped(progress.total) : "")
  }

  private var perSecond: Double? {
    let done = progress.done - progress.reused
    return elapsed > 0 && done > 0 ? Double(done) / elapsed : nil
  }

  private var rate: String? {
    perSecond.map { $0 < 10 ? String(Double(Int($0 * 10)) / 10) + "/s" : Numbers.grouped(Int($0)) + "/s" }
  }

  private var timeLeft: String? {
    guard let perSecond, progress.total > 0 else { return nil }
    let left = max(progress.total - progress.done, 0)
    return Self.clock(Int((Double(left) / perSecond).rounded(.up))) + " left"
  }

  private func bar(width: Int, color: Bool) -> String {
    let filled = Int(Double(width) * min(Double(progress.done) / Double(progress.total), 1))
    let (before, after) = color ? ("\u{1B}[32m", "\u{1B}[0m") : ("", "")
    return before + String(repeating: "█", count: filled) + after
      + String(repeating: "░", count: width - filled)
  }

  /// Formats 3,723 seconds as "1:02:03", and 63 as "1:03".
  static func clock(_ seconds: Int) -> String {
    func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60)
    return (hours > 0 ? "\(hours):\(two(minutes))" : "\(minutes)") + ":" + two(seconds % 60)
  }
}

import Oddity

/// One line of progress: task, bar, count, rate, and time left.
struct ProgressLine {
  let task: String
  let done: Int
  /// Nil or zero where it is not known.
  let total: Int?
  /// Seconds since the task began.
  let elapsed: Double
  /// How many of `done` were done before the task began.
  var reused = 0

  /// The line, at most `width` characters wide; on a narrow terminal the bar goes first.
  func text(width: Int, color: Bool) -> String {
    let numbers = [count, rate, timeLeft].compactMap(\.self).joined(separator: "  ")
    let room = width - task.count - numbers.count - 5
    guard let fraction, room >= 8 else { return String("\(task)  \(numbers)".prefix(width)) }
    return "\(task)  \(bar(fraction, width: min(room, 30), color: color))  \(numbers)"
  }

  private var fraction: Double? {
    guard let total, total > 0 else { return nil }
    return min(Double(done) / Double(total), 1)
  }

  private var count: String {
    let known = total.flatMap { $0 > 0 ? "/" + Numbers.grouped($0) : nil }
    return Numbers.grouped(done) + (known ?? "")
  }

  private var perSecond: Double? {
    elapsed > 0 && done > reused ? Double(done - reused) / elapsed : nil
  }

  private var rate: String? {
    perSecond.map { $0 < 10 ? String(Double(Int($0 * 10)) / 10) + "/s" : Numbers.grouped(Int($0)) + "/s" }
  }

  private var timeLeft: String? {
    guard let perSecond, let total, total > 0 else { return nil }
    return Self.clock(Int((Double(max(total - done, 0)) / perSecond).rounded(.up))) + " left"
  }

  private func bar(_ fraction: Double, width: Int, color: Bool) -> String {
    let filled = Int(Double(width) * fraction)
    let (before, after) = color ? ("\u{1B}[32m", "\u{1B}[0m") : ("", "")
    return before + String(repeating: "█", count: filled) + after
      + String(repeating: "░", count: width - filled)
  }

  /// 3,723 seconds as "1:02:03", 63 as "1:03".
  static func clock(_ seconds: Int) -> String {
    func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60)
    return (hours > 0 ? "\(hours):\(two(minutes))" : "\(minutes)") + ":" + two(seconds % 60)
  }
}

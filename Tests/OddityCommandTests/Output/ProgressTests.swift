import Foundation
import Oddity
import Synchronization
import Testing

@testable import OddityCommand

@Suite struct ProgressTests {
  /// The output of a console.
  final class Transcript: Sendable {
    private let lines = Mutex<[String]>([])
    private let time = Mutex(ContinuousClock.now)
    var text: String { lines.withLock { $0.joined() } }

    func console(quiet: Bool, isTerminal: Bool, environment: [String: String] = [:]) -> Console {
      Console(
        quiet: quiet, terminal: Terminal(isTerminal: isTerminal, environment: environment),
        emit: { [self] text in lines.withLock { $0.append(text) } },
        now: { [self] in time.withLock(\.self) })
    }

    func wait(_ duration: Duration) { time.withLock { $0 += duration } }
  }

  @Test func aLineShowsCountRateAndTimeLeft() {
    let line = ProgressLine(progress: .init(task: "fit", done: 1_500, total: 6_000), elapsed: 3)
    #expect(
      line.text(width: 80, color: false)
        == "fit  \(String(repeating: "█", count: 7))\(String(repeating: "░", count: 23))  1,500/6,000  500/s  0:09 left"
    )
  }

  @Test(arguments: [1, 10, 20, 30, 50, 79, 200])
  func aLineFitsTheTerminal(width: Int) {
    let line = ProgressLine(
      progress: .init(task: "evaluate", done: 1_234_567, total: 2_000_000), elapsed: 4_000)
    #expect(line.text(width: width, color: false).count <= width)
  }

  @Test func anUnknownTotalHasNoBarAndNoTimeLeft() {
    let line = ProgressLine(progress: .init(task: "score", done: 25, total: 0), elapsed: 5)
    #expect(line.text(width: 80, color: true) == "score  25  5.0/s")
  }

  @Test func nothingIsPromisedBeforeTheFirstImage() {
    #expect(
      ProgressLine(progress: .init(task: "fit", done: 0, total: 5), elapsed: 2).text(width: 12, color: false)
        == "fit  0/5")
  }

  @Test func clocksAndGroups() {
    #expect(
      [0, 59, 60, 3_599, 3_723].map(ProgressLine.clock) == ["0:00", "0:59", "1:00", "59:59", "1:02:03"])
    #expect([0, 999, 1_000, 1_234_567].map(Numbers.grouped) == ["0", "999", "1,000", "1,234,567"])
  }

  @Test func aPipeGetsWarningsAndNoBar() {
    let transcript = Transcript()
    let console = transcript.console(quiet: false, isTerminal: false)
    console.show(.init(task: "fit", done: 1, total: 2))
    console.warn("hello")
    console.endProgress()
    #expect(transcript.text == "oddity: warning: hello\n")
  }

  /// In a log, a line every ten seconds shows the progress. A short task writes nothing.
  @Test(arguments: [false, true]) func aLogGetsALineEveryTenSeconds(quiet: Bool) {
    let transcript = Transcript()
    let console = transcript.console(quiet: quiet, isTerminal: false)
    for done in 0...100 {
      console.show(.init(task: "fit", done: done, total: 100))
      transcript.wait(.milliseconds(250))
    }
    console.endProgress()
    let lines = transcript.text.split(separator: "\n")
    #expect(
      lines
        == (quiet ? [] : ["oddity: fit  40/100  4.0/s  0:15 left", "oddity: fit  80/100  4.0/s  0:05 left"]))
  }

  @Test func quietLeavesWarnings() {
    let transcript = Transcript()
    let console = transcript.console(quiet: true, isTerminal: true)
    console.show(.init(task: "fit", done: 1, total: 2))
    console.warn("careful")
    #expect(transcript.text == "oddity: warning: careful\n")
  }

  @Test func aMessageTakesTheBarAway() {
    let transcript = Transcript()
    let console = transcript.console(quiet: false, isTerminal: true, environment: ["NO_COLOR": "1"])
    console.show(.init(task: "fit", done: 1, total: 2))
    console.warn("hello")
    #expect(transcript.text.hasSuffix("\r\u{1B}[Koddity: warning: hello\n"))
    #expect(transcript.text.contains("1/2"))
    #expect(!transcript.text.contains("\u{1B}[32m"))
  }

  @Test func theBarIsNotDrawnForEveryImageButForTheLast() {
    let transcript = Transcript()
    let console = transcript.console(quiet: false, isTerminal: true)
    for done in 1...1_000 {
      console.show(.init(task: "fit", done: done, total: 1_000))
      transcript.wait(.milliseconds(1))
    }
    // One update every tenth of a second, and the last one.
    #expect(transcript.text.split(separator: "\r").count == 11)
    #expect(transcript.text.contains("1,000/1,000"))
  }

  /// The second of two sets has its own rate and time.
  @Test func aTaskThatBeginsAgainHasANewClock() {
    let transcript = Transcript()
    let console = transcript.console(quiet: false, isTerminal: true)
    for (done, seconds) in [(0, 10), (100, 5), (0, 60), (100, 2), (300, 2)] {
      console.show(.init(task: "score", done: done, total: 300))
      transcript.wait(.seconds(seconds))
    }
    let rates = transcript.text.matches(of: /([0-9.,]+)\/s/).map(\.output.1)
    // 100 images in 10 seconds; then another set: 100 in 60 seconds, 300 in 62.
    #expect(rates == ["10", "1.6", "4.8"])
  }

  @Test(arguments: [
    (true, [:], true, true), (true, ["NO_COLOR": "1"], true, false), (true, ["NO_COLOR": ""], true, true),
    (true, ["TERM": "dumb"], false, false), (false, [:], false, false),
  ])
  func terminalsAreToldApart(isTerminal: Bool, environment: [String: String], interactive: Bool, color: Bool)
  {
    let terminal = Terminal(isTerminal: isTerminal, environment: environment)
    #expect(terminal.isInteractive == interactive && terminal.hasColor == color)
  }
}

import Foundation
import Oddity
import Synchronization
import Testing

@testable import OddityCommand

@Suite struct ProgressTests {
  /// What a console writes.
  final class Transcript: Sendable {
    private let lines = Mutex<[String]>([])
    var text: String { lines.withLock { $0.joined() } }

    func console(quiet: Bool, isTerminal: Bool, environment: [String: String] = [:]) -> Console {
      Console(
        quiet: quiet, terminal: Terminal(isTerminal: isTerminal, environment: environment),
        emit: { [self] text in lines.withLock { $0.append(text) } })
    }
  }

  @Test func aLineShowsCountRateAndTimeLeft() {
    let line = ProgressLine(task: "fit", done: 1_500, total: 6_000, elapsed: 3)
    #expect(
      line.text(width: 80, color: false)
        == "fit  \(String(repeating: "█", count: 7))\(String(repeating: "░", count: 23))  1,500/6,000  500/s  0:09 left"
    )
  }

  @Test(arguments: [1, 10, 20, 30, 50, 79, 200])
  func aLineFitsTheTerminal(width: Int) {
    let line = ProgressLine(task: "evaluate", done: 1_234_567, total: 2_000_000, elapsed: 4_000)
    #expect(line.text(width: width, color: false).count <= width)
  }

  @Test func anUnknownTotalHasNoBarAndNoTimeLeft() {
    for total in [nil, 0] {
      let line = ProgressLine(task: "score", done: 25, total: total, elapsed: 5)
      #expect(line.text(width: 80, color: true) == "score  25  5.0/s")
    }
  }

  @Test func nothingIsPromisedBeforeTheFirstImage() {
    #expect(
      ProgressLine(task: "fit", done: 0, total: 5, elapsed: 2).text(width: 12, color: false) == "fit  0/5")
  }

  @Test func clocksAndGroups() {
    #expect(
      [0, 59, 60, 3_599, 3_723].map(ProgressLine.clock) == ["0:00", "0:59", "1:00", "59:59", "1:02:03"])
    #expect([0, 999, 1_000, 1_234_567].map(Numbers.grouped) == ["0", "999", "1,000", "1,234,567"])
  }

  @Test func aPipeGetsWarningsAndNoBar() {
    let transcript = Transcript()
    let console = transcript.console(quiet: false, isTerminal: false)
    console.showProgress(task: "fit", done: 1, total: 2)
    console.warn("hello")
    console.endProgress()
    #expect(transcript.text == "oddity: warning: hello\n")
  }

  @Test func quietLeavesWarnings() {
    let transcript = Transcript()
    let console = transcript.console(quiet: true, isTerminal: true)
    console.showProgress(task: "fit", done: 1, total: 2)
    console.warn("careful")
    #expect(transcript.text == "oddity: warning: careful\n")
  }

  @Test func aMessageTakesTheBarAway() {
    let transcript = Transcript()
    let console = transcript.console(quiet: false, isTerminal: true, environment: ["NO_COLOR": "1"])
    console.showProgress(task: "fit", done: 1, total: 2)
    console.warn("hello")
    #expect(transcript.text.hasSuffix("\r\u{1B}[Koddity: warning: hello\n"))
    #expect(transcript.text.contains("1/2"))
    #expect(!transcript.text.contains("\u{1B}[32m"))
  }

  @Test func theBarIsNotDrawnForEveryImageButForTheLast() {
    let transcript = Transcript()
    let console = transcript.console(quiet: false, isTerminal: true)
    for done in 1...1_000 { console.showProgress(task: "fit", done: done, total: 1_000) }
    #expect(transcript.text.split(separator: "\r").count < 100)
    #expect(transcript.text.contains("1,000/1,000"))
  }

  /// The second of two sets has a rate and a time of its own.
  @Test func aTaskThatBeginsAgainHasANewClock() {
    let transcript = Transcript()
    let console = transcript.console(quiet: false, isTerminal: true)
    console.showProgress(task: "score", done: 1, total: 1)
    usleep(200_000)
    for _ in 0..<2 { console.showProgress(task: "score", done: 1, total: 1) }
    let rates = transcript.text.matches(of: /([0-9.,]+)\/s/).map { $0.output.1.filter { $0 != "," } }
    #expect(rates.allSatisfy { (Double($0) ?? 0) > 100 })
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

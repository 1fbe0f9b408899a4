import Foundation
import Testing

@testable import OddityReport
@testable import OddityServer

struct ActivityTests {
  private let start = Date(timeIntervalSince1970: 60 * 1_000_000)

  @Test func theLastHourIsKeptMinuteByMinute() {
    var history = TrafficHistory()
    for minute in 0..<90 {
      for image in 0...minute % 3 {
        history.add(
          pValue: Float(image) / 3, isOutlier: image == 0,
          at: start.addingTimeInterval(Double(minute) * 60 + 5))
      }
    }
    let end = start.addingTimeInterval(89 * 60 + 59)
    let minutes = history.minutes(upTo: end)
    #expect(minutes.count == 60 && minutes[0].start == start.addingTimeInterval(30 * 60))
    #expect(minutes.map(\.images) == (30..<90).map { $0 % 3 + 1 })
    #expect(minutes.allSatisfy { $0.outliers == 1 })
    let pValues = history.pValues(upTo: end)
    #expect(pValues.reduce(0, +) == 120 && pValues[0] == 60)
    #expect(history.minutes(upTo: end.addingTimeInterval(7_200)).allSatisfy { $0.images == 0 })
  }

  /// Times before the last minute are counted in it, so a clock that was set back creates no new minute.
  @Test func aClockThatGoesBackIsNoTrouble() {
    var history = TrafficHistory()
    history.add(pValue: 1, isOutlier: false, at: start)
    history.add(pValue: 0.3, isOutlier: true, at: start.addingTimeInterval(-600))
    #expect(history.minutes(upTo: start).last?.images == 2)
    #expect(history.pValues(upTo: start) == [0, 0, 0, 0, 0, 0, 1] + [Int](repeating: 0, count: 12) + [1])
  }

  @Test func latencyIsThatOfTheLatestThousand() {
    var window = LatencyWindow()
    #expect(window.summary == nil)
    for _ in 0..<5_000 { window.add(.seconds(9)) }
    for milliseconds in 1...1_000 { window.add(.milliseconds(milliseconds)) }
    #expect(window.summary?.median == 0.501 && window.summary?.high == 0.991)
  }
}

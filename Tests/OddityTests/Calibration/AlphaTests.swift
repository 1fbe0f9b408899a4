import Oddity
import Testing

@Suite struct AlphaTests {
  @Test(arguments: [
    ("0.05", "0.05"), (".05", "0.05"), ("5e-2", "0.05"), ("0.0500", "0.05"), ("50E-3", "0.05"),
    ("0.5", "0.5"),
    ("1e-9", "0.000000001"), ("0.123456789", "0.123456789"), ("00.01", "0.01"), ("0.1000000000000000", "0.1"),
  ])
  func readsDecimalsExactly(text: String, printed: String) throws {
    #expect(try Alpha(parsing: text).description == printed)
  }

  @Test(arguments: [
    "", ".", "e-2", "0", "0.0", "1", "1.0", "1.5", "5", "10e-1", "-0.05", "nan", "inf", "five", "0,05",
    "0.05 ",
    "0.0123456789", "1e-10", "1e-99999", "0.05%",
  ])
  func refusesWhatIsNoRate(text: String) throws {
    let error = try #require(throws: OddityError.self) { try Alpha(parsing: text) }
    #expect(error.code == .usage)
    #expect(error.message.contains("\"\(text)\""))
  }

  @Test func aDoubleIsTheDecimalItPrintsAs() throws {
    #expect(try Alpha(0.05) == Alpha.fivePercent)
    #expect(try Alpha(1e-05).description == "0.00001")
    #expect(throws: OddityError.self) { try Alpha(.nan) }
    #expect(try Alpha(parsing: "0.07").value == 0.07)
  }

  /// In floating point 0.07 · 100 is 7.000000000000001 and 0.29 · 100 is 28.999999999999996.
  @Test(arguments: [("0.07", 99, 7), ("0.29", 99, 29), ("0.05", 18, 0), ("0.05", 19, 1), ("0.05", 39, 2)])
  func theRankIsExact(text: String, n: Int, rank: Int) throws {
    #expect(try Alpha(parsing: text).rank(calibrationSize: n) == rank)
  }

  @Test(arguments: [("0.05", 19), ("0.01", 99), ("0.3", 3), ("0.5", 1), ("0.999", 1), ("0.07", 14)])
  func theSmallestSizeIsTheFirstThatFlags(text: String, size: Int) throws {
    let alpha = try Alpha(parsing: text)
    #expect(alpha.smallestCalibrationSize == size)
    #expect(alpha.rank(calibrationSize: size) == 1)
    #expect(alpha.rank(calibrationSize: size - 1) == 0)
  }
}

import Foundation
import OddityFiles

/// A false-alarm rate as the decimal number that was typed: an exact fraction in (0, 1).
///
/// `⌊alpha · (n + 1)⌋` decides which images are flagged, and 0.05 has no exact binary form. In floating point
/// the product may fall on the wrong side of an integer, so it is computed in integers.
public struct Alpha: Sendable, Hashable, CustomStringConvertible {
  private let numerator: Int
  /// A power of ten, at most 10⁹.
  private let denominator: Int

  /// The most digits after the point. With nine digits, the products below fit 64 bits for up to nine billion
  /// images.
  private static let mostDecimals = 9

  /// 0.05, the default.
  public static let fivePercent = Alpha(numerator: 5, denominator: 100)

  private init(numerator: Int, denominator: Int) {
    self.numerator = numerator
    self.denominator = denominator
  }

  /// Parses a decimal such as `0.05`, `.05` or `5e-2`.
  ///
  /// - Throws: `OddityError.usage` if the text is not a decimal number, is not within (0, 1), or has more
  ///   than nine digits after the point.
  public init(parsing text: String) throws(OddityError) {
    guard let decimal = Self.digits(of: text) else { throw Self.refusal(text, "is not a decimal number") }
    guard !decimal.digits.isEmpty else { throw Self.refusal(text, "is not between 0 and 1") }
    guard decimal.digits.count <= decimal.decimals else { throw Self.refusal(text, "is not between 0 and 1") }
    guard decimal.decimals <= Self.mostDecimals, let numerator = Int(decimal.digits) else {
      throw Self.refusal(text, "has more than \(Self.mostDecimals) digits after the point")
    }
    self.init(
      numerator: numerator, denominator: (0..<decimal.decimals).reduce(1) { power, _ in power * 10 })
  }

  /// The decimal that prints as `value` does: 0.05 for the double nearest to 0.05.
  ///
  /// - Throws: as `init(parsing:)`.
  public init(_ value: Double) throws(OddityError) {
    try self.init(parsing: "\(value)")
  }

  /// The nearest double, for JSON and for formulas that need not be exact.
  public var value: Double { Double(numerator) / Double(denominator) }

  /// The shortest decimal, such as `0.05`.
  public var description: String {
    let digits = String(numerator)
    let zeros = String(repeating: "0", count: String(denominator).count - 1 - digits.count)
    return "0." + zeros + digits
  }

  /// `⌊alpha · (n + 1)⌋`: how many of n + 1 exchangeable images may be flagged.
  public func rank(calibrationSize n: Int) -> Int {
    let product = numerator.multipliedFullWidth(by: n + 1)
    return denominator.dividingFullWidth(product).quotient
  }

  /// The least n with `⌊alpha · (n + 1)⌋ ≥ 1`: `⌈1/alpha⌉ − 1`, which is 19 at 0.05 and 99 at 0.01.
  public var smallestCalibrationSize: Int {
    (denominator + numerator - 1) / numerator - 1
  }

  /// The significant digits, without leading and trailing zeros, and how many of them come after the point
  /// (negative: zeros that are missing before it). nil if the text is not an unsigned decimal.
  private static func digits(of text: String) -> (digits: String, decimals: Int)? {
    guard let match = text.wholeMatch(of: /([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,4}))?/) else {
      return nil
    }
    let (whole, fraction) = (String(match.1), String(match.2 ?? ""))
    guard !(whole + fraction).isEmpty else { return nil }
    let exponent = match.3.flatMap { Int($0) } ?? 0
    let trailing = (whole + fraction).reversed().prefix { $0 == "0" }.count
    let digits = String((whole + fraction).dropLast(trailing).drop { $0 == "0" })
    return (digits, fraction.count - trailing - exponent)
  }

  private static func refusal(_ text: String, _ reason: String) -> OddityError {
    OddityError(.usage, "alpha \"\(text)\" \(reason): pass a false-alarm rate such as 0.05")
  }
}

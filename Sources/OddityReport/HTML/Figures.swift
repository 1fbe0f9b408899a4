import Foundation
import Oddity

/// Formats numbers for reports, independently of the locale.
enum Figures {
  /// A fixed number of decimals, or a dash if there is no number.
  static func decimal(_ value: Double?, _ digits: Int) -> String {
    guard let value, value.isFinite else { return Numbers.none }
    return signed(Numbers.fixed(value, digits))
  }

  /// Four significant digits.
  static func significant(_ value: Double) -> String {
    guard value.isFinite else { return Numbers.none }
    return signed(String(format: "%#.4g", value))
  }

  /// A percent sign that does not begin a new line.
  static let percentSign = "\u{A0}%"

  static func percent(_ share: Double?, _ digits: Int = 1) -> String {
    guard let share, share.isFinite else { return Numbers.none }
    return Numbers.fixed(100 * share, digits) + percentSign
  }

  static func interval(_ bounds: [Double]?, _ digits: Int) -> String {
    guard let bounds, bounds.count == 2 else { return Numbers.none }
    return "\(decimal(bounds[0], digits)) to \(decimal(bounds[1], digits))"
  }

  /// A share in per cent without the sign, for tables.
  static func perCent(_ share: Double?) -> String { decimal(share.map { 100 * $0 }, 2) }
  static func perCent(_ bounds: [Double]?) -> String { interval(bounds?.map { 100 * $0 }, 2) }

  /// An accuracy in brackets; empty if it is unknown.
  static func accuracy(_ share: Double?) -> String { share.map { " (accuracy \(percent($0, 2)))" } ?? "" }

  /// A number with a comma between thousands.
  static func count(_ number: Int) -> String { Numbers.grouped(number) }

  /// "1 image", "2,000 images".
  static func count(_ number: Int, _ noun: String) -> String {
    "\(count(number)) \(noun)\(number == 1 ? "" : "s")"
  }

  private static func signed(_ text: String) -> String {
    text.hasPrefix("-") ? "−" + text.dropFirst() : text
  }
}

import Foundation

/// Formats numbers for tables.
package enum Numbers {
  /// The text for a missing number.
  package static let none = "–"

  /// A fixed number of decimals. A number that rounds to zero has no sign.
  package static func fixed(_ value: Double?, _ digits: Int) -> String {
    guard let value else { return none }
    let text = String(format: "%.\(digits)f", value)
    return text.hasPrefix("-") && !text.contains(where: { ("1"..."9").contains($0) })
      ? String(text.dropFirst()) : text
  }

  /// The shortest text of a number: `10` for 10.0.
  package static func shortest(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : "\(value)"
  }

  /// A share in [0, 1] as a percentage.
  package static func percent(_ share: Double?, _ digits: Int = 1) -> String {
    share.map { fixed(100 * $0, digits) + " %" } ?? none
  }

  /// A number with a comma between thousands.
  package static func grouped(_ number: Int) -> String {
    let digits = String(number.magnitude)
    let groups = stride(from: digits.count, to: 0, by: -3).map { end in
      String(digits.prefix(end).suffix(3))
    }
    return (number < 0 ? "−" : "") + groups.reversed().joined(separator: ",")
  }

  package static func interval(_ bounds: [Double]?, _ digits: Int) -> String {
    guard let bounds, bounds.count == 2 else { return none }
    return "\(fixed(bounds[0], digits)) to \(fixed(bounds[1], digits))"
  }
}

import Foundation
import Oddity

/// Numbers as tables show them.
enum Numbers {
  /// Stands where there is no number.
  static let none = "–"

  static func fixed(_ value: Double?, _ digits: Int) -> String {
    value.map { String(format: "%.\(digits)f", $0) } ?? none
  }

  /// A share in [0, 1] as a percentage.
  static func percent(_ share: Double?, _ digits: Int = 1) -> String {
    share.map { fixed(100 * $0, digits) + " %" } ?? none
  }

  static func interval(_ bounds: [Double]?, _ digits: Int) -> String {
    guard let bounds, bounds.count == 2 else { return none }
    return "\(fixed(bounds[0], digits)) to \(fixed(bounds[1], digits))"
  }

  /// Channels × positions; a size that is free in the model is a question mark.
  static func shape(_ block: Block) -> String {
    shape(channels: block.channels, positions: block.positions)
  }

  static func shape(channels: Int?, positions: [Int?]) -> String {
    ([channels] + positions).map { $0.map(String.init) ?? "?" }.joined(separator: "×")
  }
}

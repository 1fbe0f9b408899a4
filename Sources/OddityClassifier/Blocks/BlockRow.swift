import OddityStatistics

/// A block as reports list it, its sizes under the names that JSON gives them.
package protocol BlockRow {
  /// Nil for a tensor that is no candidate by the rule.
  var index: Int? { get }
  var height: Int? { get }
  var width: Int? { get }
  var tokens: Int? { get }
}

extension BlockRow {
  /// Height and width, or the count of tokens; nil where free.
  package var positions: [Int?] { tokens.map { [$0] } ?? [height, width] }
}

extension Numbers {
  /// Channels × positions; a size that is free in the model is a question mark.
  package static func shape(_ block: Block) -> String {
    shape(channels: block.channels, positions: block.positions)
  }

  package static func shape(channels: Int?, positions: [Int?]) -> String {
    ([channels] + positions).map { $0.map(String.init) ?? "?" }.joined(separator: "×")
  }
}

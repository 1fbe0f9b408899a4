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

extension BlockReport: BlockRow {}

extension ComparedBlock: BlockRow {}

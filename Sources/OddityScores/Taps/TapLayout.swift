import OddityClassifier

/// Which taps a row of measurements holds, and where.
package struct TapLayout: Sendable {
  package let taps: [Tap]
  /// The width of each tap.
  package let widths: [Int]
  private let offsets: [Tap: Int]

  /// Floats in one row.
  package let width: Int

  package init(_ taps: [Tap], of classifier: Classifier) {
    self.init(taps, widths: taps.map { $0.width(classifier) })
  }

  init(_ taps: [Tap], widths: [Int]) {
    var offset = 0
    var offsets: [Tap: Int] = [:]
    for (tap, width) in zip(taps, widths) {
      offsets[tap] = offset
      offset += width
    }
    (self.taps, self.widths, self.offsets) = (taps, widths, offsets)
    width = offset
  }

  /// Where a tap's floats are within a row; `nil` where rows do not hold it.
  package func range(of tap: Tap) -> Range<Int>? {
    guard let offset = offsets[tap], let position = taps.firstIndex(of: tap) else { return nil }
    return offset..<offset + widths[position]
  }

  /// A name for every column of a row.
  package var columnNames: [String] {
    zip(taps, widths).flatMap { tap, width in
      width == 1 ? [tap.name] : (0..<width).map { "\(tap.name):\($0)" }
    }
  }
}

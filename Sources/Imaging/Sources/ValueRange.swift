/// The range of the values in an array of tensors, estimated from some of its images.
package enum ValueRange {
  private static let imagesLookedAt = 16

  /// The sample of images, spread over the whole array because it may be sorted by class.
  static func positions(of count: Int) -> [Int] {
    let looked = min(count, imagesLookedAt)
    return (0..<looked).map { $0 * count / looked }
  }

  /// The range in a sample of consecutive images with `length` values each; nil if no value is finite.
  package static func inSome(of values: UnsafeBufferPointer<Float>, length: Int) -> ClosedRange<Float>? {
    .joining(
      positions(of: values.count / length).map { image in
        finite(UnsafeBufferPointer(rebasing: values[image * length..<(image + 1) * length]))
      })
  }

  /// The smallest and the largest finite value; nil if none is finite.
  fileprivate static func finite(_ values: some Sequence<Float>) -> ClosedRange<Float>? {
    var range: ClosedRange<Float>?
    for value in values where value.isFinite {
      range = min(range?.lowerBound ?? value, value)...max(range?.upperBound ?? value, value)
    }
    return range
  }
}

extension EncodedImage {
  /// The smallest and the largest finite value; nil for a picture, and if no value is finite.
  var valueRange: ClosedRange<Float>? {
    guard case .tensor(let values, _) = self else { return nil }
    return ValueRange.finite(values)
  }
}

extension ClosedRange<Float> {
  /// The smallest range that contains both.
  package func joined(_ other: ClosedRange) -> ClosedRange {
    Swift.min(lowerBound, other.lowerBound)...Swift.max(upperBound, other.upperBound)
  }

  /// The smallest range that contains all ranges; nil if there is none.
  package static func joining(_ ranges: [ClosedRange?]) -> ClosedRange? {
    let ranges = ranges.compactMap { $0 }
    return ranges.first.map { ranges.reduce($0) { $0.joined($1) } }
  }
}

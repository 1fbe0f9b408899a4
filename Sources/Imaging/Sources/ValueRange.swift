/// The range of the values in an array of tensors, by a look at some of its images.
enum ValueRange {
  private static let imagesLookedAt = 16

  /// Which images to look at: of all of the array, which may be sorted by class.
  static func positions(of count: Int) -> [Int] {
    let looked = min(count, imagesLookedAt)
    return (0..<looked).map { $0 * count / looked }
  }
}

extension EncodedImage {
  /// The smallest and the largest finite value; nil for a picture, and where no value is finite.
  var valueRange: ClosedRange<Float>? {
    guard case .tensor(let values, _) = self else { return nil }
    var range: ClosedRange<Float>?
    for value in values where value.isFinite {
      range = min(range?.lowerBound ?? value, value)...max(range?.upperBound ?? value, value)
    }
    return range
  }
}

extension Sequence<ClosedRange<Float>> {
  /// The smallest range that holds all; nil of none.
  var joined: ClosedRange<Float>? {
    reduce(nil) { all, range in
      Swift.min(
        all?.lowerBound ?? range.lowerBound, range.lowerBound)...Swift.max(
          all?.upperBound ?? range.upperBound, range.upperBound)
    }
  }
}

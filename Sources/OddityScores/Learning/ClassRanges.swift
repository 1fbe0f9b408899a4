/// The smallest and the largest value of each number, by predicted class. Ranges of different images can be
/// merged exactly.
package struct ClassRanges: Sendable {
  /// The number of values in each segment of a row.
  package let segments: [Int]
  /// The number of images of each class.
  package private(set) var counts: [Int]
  /// [C, width]; infinite if a class has no image.
  package private(set) var minima: [Float]
  /// [C, width]; minus infinity if a class has no image.
  package private(set) var maxima: [Float]
  /// The number of values in a row.
  let width: Int

  init(classes: Int, segments: [Int]) {
    let count = classes * segments.reduce(0, +)
    self.init(
      segments: segments, counts: Array(repeating: 0, count: classes),
      minima: Array(repeating: .infinity, count: count), maxima: Array(repeating: -.infinity, count: count))
  }

  /// Restores stored ranges.
  package init(segments: [Int], counts: [Int], minima: [Float], maxima: [Float]) {
    width = segments.reduce(0, +)
    precondition(
      minima.count == counts.count * width && maxima.count == minima.count, "ranges of every class")
    (self.segments, self.counts, self.minima, self.maxima) = (segments, counts, minima, maxima)
  }

  mutating func append(_ row: some Sequence<Float>, to index: Int) {
    counts[index] += 1
    for (place, value) in zip((index * width)..., row) { extend(place, to: value, value) }
  }

  mutating func merge(_ other: ClassRanges) {
    precondition(
      other.segments == segments && other.counts.count == counts.count, "the same classes, of one width")
    for index in counts.indices { counts[index] += other.counts[index] }
    for place in minima.indices { extend(place, to: other.minima[place], other.maxima[place]) }
  }

  private mutating func extend(_ place: Int, to least: Float, _ largest: Float) {
    if least < minima[place] { minima[place] = least }
    if largest > maxima[place] { maxima[place] = largest }
  }

  /// The range of each number over all classes.
  var overall: (minima: [Float], maxima: [Float]) {
    var all = ClassRanges(classes: 1, segments: segments)
    for place in minima.indices { all.extend(place % width, to: minima[place], maxima[place]) }
    return (all.minima, all.maxima)
  }

  /// The same ranges, with the range of all images for a class that has no image.
  func filled() -> (minima: [Float], maxima: [Float]) {
    let all = overall
    var filled = self
    for index in counts.indices where counts[index] == 0 {
      let places = index * width..<(index + 1) * width
      filled.minima.replaceSubrange(places, with: all.minima)
      filled.maxima.replaceSubrange(places, with: all.maxima)
    }
    return (filled.minima, filled.maxima)
  }
}

import Imaging

/// The most and the least in-distribution images of one set.
enum PictureStrip {
  /// The most thumbnails in one report.
  static let budget = 200
  private static let mostOnASide = 10

  /// The number of images on each side, given the number of strips that share the budget.
  static func countOnASide(strips: Int) -> Int {
    min(mostOnASide, max(1, budget / (2 * max(strips, 1))))
  }

  /// - Parameters:
  ///   - images: the set's images.
  ///   - count: how many to show on each side.
  ///   - reader: reads the images again.
  ///   - level: the level of the heading.
  static func markup(
    _ name: String, _ images: [PictureReader.Request], count: Int, reader: PictureReader, level: Int
  ) -> Markup {
    let extremes = Extremes(scores: images.map(\.score), count: count)
    // Read together, so that an archive is read only once.
    let pictures = reader.pictures(of: (extremes.most + extremes.least).map { images[$0] })
    return .element(
      "section", ["class": "strip"],
      [.element("h\(level)", [:], [.name(name)])]
        + row("Most in-distribution", pictures.prefix(extremes.most.count))
        + row("Least in-distribution", pictures.dropFirst(extremes.most.count)))
  }

  private static func row(_ title: String, _ pictures: ArraySlice<Picture>) -> [Markup] {
    guard !pictures.isEmpty else { return [] }
    return [
      .element("p", ["class": "side"], title),
      .element("ul", ["class": "pictures"], pictures.map(\.markup)),
    ]
  }
}

/// The positions of the most and the least in-distribution images of a set.
struct Extremes: Sendable, Equatable {
  /// The positions from the highest score down.
  let most: [Int]
  /// The positions from the lowest score up. No image is in both lists.
  let least: [Int]

  /// - Parameters:
  ///   - scores: one for each image. Higher is more in-distribution, and NaN is lower than every number.
  ///   - count: the number on each side; fewer if the set has less than twice as many images.
  init(scores: [Float], count: Int) {
    // The sort is stable, so the first of equal scores comes first.
    let ascending = scores.indices.sorted { Self.key(scores[$0]) < Self.key(scores[$1]) }
    let lowCount = min(count, scores.count / 2)
    least = Array(ascending.prefix(lowCount))
    most = Array(ascending.dropFirst(lowCount).suffix(count).reversed())
  }

  private static func key(_ score: Float) -> Float { score.isNaN ? -.infinity : score }
}

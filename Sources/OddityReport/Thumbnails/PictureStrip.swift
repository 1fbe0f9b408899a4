import Imaging

/// The most and the least in-distribution images of one set.
struct PictureStrip: Sendable {
  let name: String
  let most: [Picture]
  let least: [Picture]

  /// - Parameters:
  ///   - images: the set's images.
  ///   - count: how many to show on each side.
  ///   - reader: what reads them again.
  init(name: String, images: [PictureReader.Request], count: Int, reader: PictureReader) {
    let extremes = Extremes(scores: images.map(\.score), count: count)
    // Together, so that an archive is gone through once.
    let pictures = reader.pictures(of: (extremes.most + extremes.least).map { images[$0] })
    self.name = name
    most = Array(pictures.prefix(extremes.most.count))
    least = Array(pictures.dropFirst(extremes.most.count))
  }

  /// Thumbnails in one report, at most.
  static let budget = 200
  private static let mostOnASide = 10

  /// How many images a side, given the number of strips that share the budget.
  static func countOnASide(strips: Int) -> Int {
    min(mostOnASide, max(1, budget / (2 * max(strips, 1))))
  }

  /// - Parameter level: of the heading.
  func markup(level: Int) -> Markup {
    .element(
      "section", ["class": "strip"],
      [.element("h\(level)", [:], [.name(name)])]
        + row("Most in-distribution", most) + row("Least in-distribution", least))
  }

  private func row(_ title: String, _ pictures: [Picture]) -> [Markup] {
    guard !pictures.isEmpty else { return [] }
    return [
      .element("p", ["class": "side"], title),
      .element("ul", ["class": "pictures"], pictures.map(\.markup)),
    ]
  }
}

import OddityScores

/// Flagged images of a batch that look alike to the network.
public struct StrangeGroup: Codable, Sendable, Equatable {
  public let images: Int
  /// The classes that are predicted most often for them, the most frequent first; at most five.
  public let classes: [ClassCount]
  /// The names of the most typical images, the nearest to the middle of the group first; at most ten.
  public let examples: [String]
  /// More about these examples.
  package private(set) var examplesFound: [Found] = []

  public struct ClassCount: Codable, Sendable, Equatable {
    public let classIndex: Int
    public let label: String?
    public let images: Int

    private enum CodingKeys: String, CodingKey {
      case classIndex = "class"
      case label, images
    }
  }

  package struct Found: Sendable, Equatable {
    /// The position among the source's items.
    package let position: Int
    package let score: Float
    package let pValue: Float
  }

  private enum CodingKeys: String, CodingKey { case images, classes, examples }

  private static let mostGroups = 6
  private static let mostExamples = 10
  private static let mostClasses = 5
  /// At most this many of the strangest images are grouped.
  private static let mostImages = 512
  private static let leastDeviation = 0.01
}

extension StrangeGroup {
  /// The three classes that are predicted most often for them, as text.
  package var takenFor: String {
    classes.prefix(3).map { "\($0.label ?? "class \($0.classIndex)") (\($0.images))" }.joined(separator: ", ")
  }

  /// Groups of the strangest images, the largest first.
  static func all(_ flagged: [Assessment.Observed], seed: UInt64) -> [StrangeGroup] {
    let strangest = flagged.sorted { $0.image.score < $1.image.score }.prefix(mostImages)
    guard !strangest.isEmpty else { return [] }
    let points = scaled(strangest.map { $0.signature.values.map { Double($0) } })
    let clusters = Clusters(points, most: mostGroups, seed: seed)
    let members = Dictionary(grouping: strangest.indices, by: { clusters.groups[$0] })
    return members.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }.map { group, places in
      let centre = clusters.centres[group]
      let typical = places.sorted {
        points[$0].squaredDistance(centre) < points[$1].squaredDistance(centre)
      }
      return StrangeGroup(places.map { strangest[$0] }, typical: typical.map { strangest[$0] })
    }
  }

  private init(_ members: [Assessment.Observed], typical: [Assessment.Observed]) {
    images = members.count
    let counts = Dictionary(grouping: members.map(\.image), by: \.classIndex)
    classes = counts.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
      .prefix(Self.mostClasses).map {
        ClassCount(classIndex: $0.key, label: $0.value[0].label, images: $0.value.count)
      }
    let shown = typical.prefix(Self.mostExamples)
    examples = shown.map(\.image.item.name)
    examplesFound = shown.map { Found(position: $0.position, score: $0.image.score, pValue: $0.image.pValue) }
  }

  /// The points in units of the standard deviations of these images.
  private static func scaled(_ points: [[Double]]) -> [[Double]] {
    let deviations = points[0].indices.map { column in
      let values = points.map { $0[column] }
      return max(Moments.deviation(values, around: Moments.mean(values)), leastDeviation)
    }
    return points.map { zip($0, deviations).map { $0 / $1 } }
  }
}

import Imaging
import OddityFit

/// A set's images with their scores.
public struct ScoredSet: Sendable {
  /// The name of the set in results.
  public let name: String
  public let source: any ImageSource
  /// The images that could be scored, in the source's order.
  public let images: [ScoredImage]
  /// The position of each of `images` among the source's items.
  public let positions: [Int]
  /// Images that could not be used, each with the reason.
  public let failures: [ImagingError]

  /// - Throws: ``OddityError`` `.badData` if no image could be scored.
  init(_ source: any ImageSource, name: String, by detector: Detector) async throws {
    var images: [ScoredImage] = []
    var positions: [Int] = []
    var failures: [ImagingError] = []
    try await detector.score(source) { outcome in
      switch outcome.result {
      case .success(let image):
        images.append(image)
        positions.append(images.count + failures.count - 1)
      case .failure(let error): failures.append(error)
      }
    }
    guard !images.isEmpty else {
      throw OddityError(
        .badData,
        "\(source.description): no image could be scored" + (failures.first.map { "; \($0)" } ?? ""))
    }
    (self.name, self.source) = (name, source)
    (self.images, self.positions, self.failures) = (images, positions, failures)
  }

  /// The share of images that are flagged as outliers.
  public var flaggedShare: Double { Double(images.count { $0.isOutlier }) / Double(images.count) }

  /// - Parameter score: the score's position among the fitted scores.
  /// - Throws: ``OddityError`` `.badData` if a score is NaN or +∞. The score +∞ would rank an image as the
  ///   most in-distribution one, although the verdict flags it.
  func metrics(against other: ScoredSet, score: Int) throws(OddityError) -> DetectionMetrics {
    if let unknown = (images + other.images).first(where: { !($0.scores.values[score] < .infinity) }) {
      let value = unknown.scores.values[score].isNaN ? "not a number (NaN)" : "infinite"
      throw OddityError(
        .badData, "the score of \(unknown.item.name) is \(value): leave the image out to measure the rest")
    }
    do {
      return try DetectionMetrics(
        inDistribution: images.map { $0.scores.values[score] },
        outOfDistribution: other.images.map { $0.scores.values[score] })
    } catch {
      throw OddityError(
        error.code, "\(source.description) against \(other.name): \(error.message)", underlying: error)
    }
  }
}

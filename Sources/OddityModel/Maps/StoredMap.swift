import Foundation
import OddityScores

/// What a guarded model stores about its map: quantiles of each position's value over calibration images, in
/// `metadata_props["oddity.map"]`.
package struct StoredMap: Sendable, Equatable {
  static let key = "oddity.map"

  let height: Int
  let width: Int
  /// The number of images behind the quantiles.
  let images: Int
  /// Ascending ranks. A quantile is the value of this rank among the images; rank 1 is the smallest.
  let ranks: [Int]
  /// [ranks, height, width], ascending along the ranks.
  let quantiles: [Float]
}

extension StoredMap {
  /// The most images whose maps are kept until their quantiles are computed, so that memory is bounded.
  package static func mostImages(height: Int, width: Int) -> Int {
    min(4_096, max(256, (1 << 25) / (height * width)))
  }

  /// - Parameter maps: the map of each image, [height, width]; at least one.
  package init(_ maps: [[Float]], height: Int, width: Int) {
    let positions = height * width
    let ranks = Self.ranks(images: maps.count, positions: positions)
    var quantiles = [Float](repeating: 0, count: ranks.count * positions)
    for position in 0..<positions {
      let sorted = maps.map { $0[position] }.sorted()
      for (level, rank) in ranks.enumerated() { quantiles[level * positions + position] = sorted[rank - 1] }
    }
    self.init(height: height, width: width, images: maps.count, ranks: ranks, quantiles: quantiles)
  }

  /// The ranks are evenly spread, and denser among the smallest. There are fewer if the map has many
  /// positions.
  static func ranks(images: Int, positions: Int) -> [Int] {
    let levels = min(images, min(128, max(16, (1 << 18) / positions)))
    let even = (1...levels).map { ($0 * images + levels - 1) / levels }
    let small = (0..<62).map { 1 << $0 }.prefix { $0 < even[0] }
    return small + even
  }

  /// The conformal p-value of each position, [height, width].
  ///
  /// If a value is below the quantile of rank k, fewer than k calibration values are at most as large. For
  /// the smallest such k, `k/(images + 1)` is therefore a valid p-value. A value that is not a number counts
  /// as the lowest one.
  func pValues(_ map: some Collection<Float>) -> [Float] {
    let positions = height * width
    return map.enumerated().map { position, value in
      var (low, high) = (0, ranks.count)
      let known = value.isNaN ? -.infinity : value
      while low < high {
        let middle = (low + high) / 2
        if known < quantiles[middle * positions + position] { high = middle } else { low = middle + 1 }
      }
      return low == ranks.count ? 1 : Float(ranks[low]) / Float(images + 1)
    }
  }
}

extension StoredMap {
  /// The format in the file: little-endian numbers in base64.
  private struct Stored: Codable {
    let height: Int
    let width: Int
    let images: Int
    /// int32
    let ranks: Data
    /// float32 [ranks, height, width]
    let quantiles: Data
  }

  func json() throws -> String {
    try Stored(
      height: height, width: width, images: images,
      ranks: Data(littleEndian: ranks.map { UInt32($0) }),
      quantiles: Data(littleEndian: quantiles.map(\.bitPattern))
    ).json()
  }

  /// - Returns: nil if it is damaged.
  init?(json: String) {
    guard let stored = try? JSONDecoder().decode(Stored.self, from: Data(json.utf8)),
      let ranks = stored.ranks.littleEndianWords(UInt32.self)?.map({ Int($0) }),
      let quantiles = stored.quantiles.littleEndianWords(UInt32.self)?.map({ Float(bitPattern: $0) }),
      (1...1 << 15).contains(stored.height), (1...1 << 15).contains(stored.width), !ranks.isEmpty,
      quantiles.count == ranks.count * stored.height * stored.width, ranks[0] >= 1,
      zip(ranks, ranks.dropFirst()).allSatisfy({ $0 < $1 }), ranks[ranks.count - 1] <= stored.images,
      stored.images <= 1 << 30,
      quantiles.allSatisfy({ !$0.isNaN })
    else { return nil }
    let positions = stored.height * stored.width
    guard zip(quantiles, quantiles.dropFirst(positions)).allSatisfy({ $0 <= $1 }) else { return nil }
    self.init(
      height: stored.height, width: stored.width, images: stored.images, ranks: ranks, quantiles: quantiles)
  }
}

/// The description of a guarded model's map in its metadata.
public struct MapReport: Codable, Sendable, Equatable {
  /// The score that the positions add to: `featurenorm` or `energy`.
  public let score: String
  /// The feature map that the positions belong to.
  public let block: SelectedBlock
  public let height: Int
  public let width: Int
  /// The number of calibration images behind the p-values of positions.
  public let calibrationImages: Int

  package init(_ map: PositionMap, _ stored: StoredMap) {
    (score, block) = (map.score, SelectedBlock(map.block))
    (height, width, calibrationImages) = (stored.height, stored.width, stored.images)
  }

  private enum CodingKeys: String, CodingKey {
    case score, block, height, width
    case calibrationImages = "calibration_images"
  }
}

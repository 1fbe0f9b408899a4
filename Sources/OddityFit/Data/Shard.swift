import OddityModel

/// One of several equal shares of the images of every source. Machines can divide the work among them without
/// communicating.
///
/// Share K of N holds the n images from `⌊n(K − 1)/N⌋` to before `⌊nK/N⌋` in the source's order. Because it
/// is contiguous, a machine reads one section of an archive, and the results of all shares in order are those
/// of the whole source.
public struct Shard: RawRepresentable, Sendable, Hashable, Codable, CustomStringConvertible {
  /// K, from 1 to N.
  public let number: Int
  /// N
  public let count: Int

  /// All images.
  public static let whole = Shard(number: 1, count: 1)

  private static let mostShards = 1_000_000

  private init(number: Int, count: Int) {
    (self.number, self.count) = (number, count)
  }

  /// Reads `K/N`.
  ///
  /// - Throws: ``OddityError`` `.usage` unless 1 ≤ K ≤ N.
  public init(parsing text: String) throws(OddityError) {
    let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let number = numbers[0], let count = numbers[1] else {
      throw OddityError(
        .usage,
        "the shard \"\(text)\" is not of the form K/N: write 3/7 for the third of seven")
    }
    guard (1...Self.mostShards).contains(count) else {
      throw OddityError(
        .usage, "the shard \(text) does not exist: N is from 1 to \(Self.mostShards)")
    }
    guard (1...count).contains(number) else {
      throw OddityError(
        .usage, "the shard \(text) does not exist: shards are numbered from 1/\(count) to \(count)/\(count)")
    }
    self.init(number: number, count: count)
  }

  public var description: String { "\(number)/\(count)" }

  /// Reads the same text as ``init(parsing:)``.
  public init?(rawValue: String) { try? self.init(parsing: rawValue) }

  public var rawValue: String { description }

  /// The positions of this share among this number of images.
  public func range(of images: Int) -> Range<Int> {
    bound(number - 1, images)..<bound(number, images)
  }

  /// `⌊images · shares / N⌋` without overflow.
  private func bound(_ shares: Int, _ images: Int) -> Int {
    let product = images.multipliedFullWidth(by: shares)
    return count.dividingFullWidth(product).quotient
  }
}

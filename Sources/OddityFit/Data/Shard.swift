import OddityModel

/// One of several equal shares of the images of every source, so that machines can divide the work among them without a
/// word between them.
///
/// Share K of N holds the n images from `⌊n(K − 1)/N⌋` to before `⌊nK/N⌋` in the source's order: stretches, so that a
/// machine reads one piece of an archive, and the shares' results one after another are those of the whole source.
public struct Shard: RawRepresentable, Sendable, Hashable, Codable, CustomStringConvertible {
  /// K, from 1 to N.
  public let number: Int
  /// N
  public let count: Int

  /// Everything.
  public static let whole = Shard(number: 1, count: 1)

  private static let mostShards = 1_000_000

  private init(number: Int, count: Int) {
    (self.number, self.count) = (number, count)
  }

  /// Reads `K/N`.
  ///
  /// - Throws: ``OddityError`` `.usage` for anything but 1 ≤ K ≤ N.
  public init(parsing text: String) throws(OddityError) {
    let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let number = numbers[0], let count = numbers[1] else {
      throw OddityError(.usage, "the shard \"\(text)\" is not K/N: the third of seven is 3/7")
    }
    guard (1...Self.mostShards).contains(count) else {
      throw OddityError(
        .usage, "the shard \(text) is not there: from 1 to \(Self.mostShards) machines can share")
    }
    guard (1...count).contains(number) else {
      throw OddityError(
        .usage, "the shard \(text) is not there: they count from 1/\(count) to \(count)/\(count)")
    }
    self.init(number: number, count: count)
  }

  public var description: String { "\(number)/\(count)" }

  /// As ``init(parsing:)`` reads it.
  public init?(rawValue: String) { try? self.init(parsing: rawValue) }

  public var rawValue: String { description }

  /// Where this share of so many images lies.
  public func range(of images: Int) -> Range<Int> {
    bound(number - 1, images)..<bound(number, images)
  }

  /// `⌊images · shares / N⌋` without an overflow.
  private func bound(_ shares: Int, _ images: Int) -> Int {
    let product = images.multipliedFullWidth(by: shares)
    return count.dividingFullWidth(product).quotient
  }
}

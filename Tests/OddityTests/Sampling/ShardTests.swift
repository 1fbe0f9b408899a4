import Imaging
import Testing

@testable import OddityFiles
@testable import OddityFit

struct ShardTests {
  @Test(arguments: [(0, 1), (1, 1), (7, 7), (10, 3), (3, 10), (1_000_003, 7), (Int.max, 1_000)])
  func sharesAreDisjointCompleteAndEven(images: Int, count: Int) throws {
    let ranges = try (1...count).map { try Shard(parsing: "\($0)/\(count)").range(of: images) }
    #expect(ranges.first?.lowerBound == 0 && ranges.last?.upperBound == images)
    #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
    let sizes = ranges.map(\.count)
    #expect(try #require(sizes.max()) - #require(sizes.min()) <= 1)
  }

  @Test func theWholeIsOneOfOne() throws {
    #expect(try Shard(parsing: "1/1") == .whole)
    #expect(try Shard(parsing: "3/7").description == "3/7")
  }

  @Test(arguments: [
    "", "3", "3/", "/7", "0/7", "8/7", "-1/7", "1/0", "0/0", "1/-7", "1/7/2", "a/b", "1/2000000", "1.5/7",
    "1/99999999999999999999",
  ])
  func othersAreRefused(text: String) {
    #expect { try Shard(parsing: text) } throws: { ($0 as? OddityError)?.code == .usage }
  }

  @Test func listsOfSourcesAreGoneThroughByPlace() throws {
    let sources = [3, 0, 4].map { Named(items: (0..<$0).map { ImageItem(named: "\($0)") }) }
    let share = try ImageShare(sources, shard: Shard(parsing: "2/2"))
    #expect(share.stretches.map(\.positions) == [1..<3, 0..<0, 2..<4])
    #expect((0..<5).map { share[$0]?.position } == [1, 2, 2, 3, nil])
    let rest = share.dropFirst(3)
    #expect(rest.stretches.map(\.positions) == [3..<4])
    #expect(rest[0]?.position == 3 && rest[1] == nil)
    #expect(share.dropFirst(4)[0] == nil)
  }

  /// Images that are never read.
  private struct Named: ImageSource {
    let items: [ImageItem]
    var description: String { "names" }

    func reader(selecting indices: [Int]?) throws(ImagingError) -> any ImageReader {
      throw ImagingError(.unreadable, "these are names alone")
    }
  }
}

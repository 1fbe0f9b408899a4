import Foundation
import Testing

@testable import Imaging

@Suite struct MemorySourceTests {
  private func picture(_ value: UInt8) -> EncodedImage {
    .pixels(PixelImage(width: 1, height: 1, channels: 1, pixels: [value]))
  }

  private func values(_ source: any ImageSource, selecting indices: [Int]? = nil) throws -> [Int: UInt8] {
    let reader = try source.reader(selecting: indices)
    var values: [Int: UInt8] = [:]
    while let (index, payload) = try reader.next() {
      guard case .pixels(let image) = try payload.get() else { continue }
      values[index] = image.pixels[0]
    }
    return values
  }

  /// All random numbers of an image depend on its id, so a fit on an array equals one on its file.
  @Test func rowsHaveTheIdsOfAnArraysFile() {
    var source = MemorySource()
    source.append(rows: [picture(1), picture(2)], of: "photos", labels: [7, 8])
    source.append(rows: [picture(3)], of: "photos", labels: nil)
    #expect(source.items.map(\.name) == ["photos#0", "photos#1", "photos#2"])
    #expect(source.items.map(\.id) == ["0", "1", "2"].map { FNV1a.hash($0) })
    #expect(source.items.map(\.labelIndex) == [7, 8, nil])
    var next = MemorySource(countingOn: source)
    next.append(rows: [picture(4)], of: "photos", labels: nil)
    #expect(next.items.map(\.name) == ["photos#3"])
  }

  @Test func picturesHaveNoRangeAndTensorsHaveOne() {
    var source = MemorySource()
    source.append(picture(1), named: "a")
    #expect(source.tensorRange() == nil)
    source.append(rows: [.tensor([-1, .nan, 3], shape: [3, 1, 1])], of: "tensors", labels: nil)
    #expect(source.tensorRange() == -1...3)
  }

  @Test func joinedSourcesKeepTheirOrder() throws {
    let parts = [[1, 2], [3], [4, 5]].map { numbers in
      var source = MemorySource()
      for number in numbers { source.append(picture(UInt8(number)), named: "\(number)") }
      return source
    }
    let joined = JoinedSource(parts)
    #expect(joined.items.map(\.name) == ["1", "2", "3", "4", "5"])
    #expect(try values(joined) == [0: 1, 1: 2, 2: 3, 3: 4, 4: 5])
    #expect(try values(joined, selecting: [4, 1, 2]) == [1: 2, 2: 3, 4: 5])
    #expect(try JoinedSource([]).reader(selecting: nil).next() == nil)
  }

  @Test func aNameStandsForASourceWhereACommandRunsForAProgram() throws {
    var source = MemorySource()
    source.append(picture(9), named: "nine")
    let names = NamedSources { [source] in $0 == "memory:1" ? source : nil }
    let found = try NamedSources.$current.withValue(names) {
      #expect(throws: ImagingError.self) { try ImageSources.open("memory:2") }
      return try ImageSources.open("memory:1")
    }
    #expect(found.items.map(\.name) == ["nine"])
    #expect(throws: ImagingError.self) { try ImageSources.open("memory:1") }
  }
}

import Foundation
import Imaging
import TestSupport
import Testing

@testable import Oddity

struct TrueLabelsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func foldersMatchNames() throws {
    let source = try images(["dog/1.png", "cat/1.png", "cat/2.png"])
    let labels = TrueLabels(classes: 3, names: ["dog", "fox", "cat"])
    #expect(try labels.truth(of: source) == [2, 2, 0])
  }

  @Test func withoutNamesFoldersCountInSortedOrderWhereThereIsOneForEachClass() throws {
    let source = try images(["dog/1.png", "cat/1.png"])
    #expect(try TrueLabels(classes: 2, names: nil).truth(of: source) == [0, 1])
    #expect(try TrueLabels(classes: 3, names: nil).truth(of: source) == [nil, nil])
  }

  @Test func flatImagesAndForeignFoldersHaveNoLabel() throws {
    let names = ["dog", "cat"]
    #expect(try TrueLabels(classes: 2, names: names).truth(of: images(["1.png"])) == [nil])
    #expect(try TrueLabels(classes: 2, names: names).truth(of: images(["2020/1.png"])) == [nil, nil])
  }

  @Test func oneStrangeFolderAmongKnownOnesIsNamed() throws {
    let source = try images(["dog/1.png", "wolf/1.png"])
    #expect {
      try TrueLabels(classes: 2, names: ["dog", "cat"]).truth(of: source)
    } throws: {
      ($0 as? OddityError)?.code == .badData && "\($0)".contains("'wolf'")
    }
  }

  @Test func pathsHaveTheirListedClass() throws {
    let source = try images(["1.png", "2.png"])
    #expect(try TrueLabels(classes: 2, names: nil, byPath: ["2.png": 1]).truth(of: source) == [nil, 1])
    #expect(throws: OddityError.self) {
      try TrueLabels(classes: 2, names: nil, byPath: ["2.png": 2]).truth(of: source)
    }
  }

  /// A folder of files that look like images; nothing here decodes them.
  private func images(_ paths: [String]) throws -> any ImageSource {
    for path in paths {
      let file = folder.url.appending(path: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data().write(to: file)
    }
    return try ImageSources.open(folder.url.path)
  }
}

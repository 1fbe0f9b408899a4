import Foundation
import Imaging
import Testing
import TestSupport

@testable import OddityFiles
@testable import OddityModel

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
    #expect(try TrueLabels(classes: 2, names: names).truth(of: images(["2020/1.png"])) == [nil])
  }

  @Test func oneStrangeFolderAmongKnownOnesIsNamed() throws {
    let source = try images(["dog/1.png", "wolf/1.png"])
    #expect {
      try TrueLabels(classes: 2, names: ["dog", "cat"]).truth(of: source)
    } throws: {
      ($0 as? OddityError)?.code == .badData && "\($0)".contains("'wolf'")
    }
  }

  /// If folders look like classes but are not those of the classifier, the error contains both lists.
  @Test func foldersThatMatchNoClassAreTold() throws {
    let folders = try images(["one/1.png", "two/1.png", "zero/1.png"])
    let capitals = try TrueLabels(classes: 3, names: ["Zero", "One", "Two"]).mismatch(of: folders)
    #expect(capitals?.code == .truthUnknown)
    #expect(
      capitals?.text.contains(
        "its folders are one, two, zero, and the class names Zero, One, Two: none match") == true)
    let counted = try TrueLabels(classes: 4, names: nil).mismatch(of: folders)
    #expect(counted?.text.contains("which are 3, but the model has 4 classes") == true)
    #expect(try TrueLabels(classes: 3, names: nil).mismatch(of: folders) == nil)
    #expect(try TrueLabels(classes: 3, names: ["zero", "one", "two"]).mismatch(of: folders) == nil)
    #expect(try TrueLabels(classes: 2, names: ["dog", "cat"]).mismatch(of: images(["2020/1.png"])) == nil)
  }

  @Test func classFoldersThatArePassedOneByOneAreTold() throws {
    let parent = try images(["one/1.png", "two/1.png"]).description
    let sources = try ["one", "two"].map { try ImageSources.open("\(parent)/\($0)") }
    for names in [["one", "two"], nil] {
      let told = TrueLabels(classes: 2, names: names).mismatch(ofClassFolders: sources)
      #expect(
        told?.text.contains("one by one") == true && told?.text.contains("pass \(parent),") == true)
    }
    #expect(TrueLabels(classes: 2, names: ["three", "two"]).mismatch(ofClassFolders: sources) == nil)
    #expect(TrueLabels(classes: 3, names: nil).mismatch(ofClassFolders: sources) == nil)
  }

  @Test func rowsOfAnArrayAreListedByItsName() throws {
    try NumPyFile.write(
      [1, 2, 3, 4] as [UInt8], shape: [2, 1, 2], to: folder.url.appending(path: "test.npy"))
    let source = try ImageSources.open(folder.path("test.npy"))
    for row in ["test.npy#1", "#1", folder.path("test.npy") + "#1"] {
      #expect(
        try TrueLabels(classes: 2, names: nil, byPath: [row: 1]).truth(of: source) == [nil, 1], "\(row)")
    }
  }

  @Test(arguments: [#"["cat", "dog"]"#, "{\n  \"0\": \"cat\"\n}"])
  func labelsInJSONAreRefusedAsSuch(text: String) throws {
    let url = folder.url.appending(path: "labels.txt")
    try Data(text.utf8).write(to: url)
    let error = #expect(throws: OddityError.self) { try LabelFile(path: url.path) }
    #expect(error?.message.contains("are JSON") == true)
  }

  @Test func pathsHaveTheirListedClass() throws {
    let source = try images(["1.png", "2.png"])
    #expect(try TrueLabels(classes: 2, names: nil, byPath: ["2.png": 1]).truth(of: source) == [nil, 1])
    #expect(throws: OddityError.self) {
      try TrueLabels(classes: 2, names: nil, byPath: ["2.png": 2]).truth(of: source)
    }
  }

  @Test(arguments: [
    (["train/dog/1.png", "train/cat/1.png"], [0, 1]),
    (["data/train/cat/1.png"], [0]),
    (["train/cat/1.png", "test/dog/1.png"], [1, 0]),
    (["cat/old/1.png", "dog/2.png"], [0, 1]),
    (["train/cat/1.png", "train/stray.png"], [0, nil]),
    (["train/2020/1.png", "train/2021/2.png"], [nil, nil]),
  ])
  func classFoldersMayLieBelowOthers(paths: [String], truth: [Int?]) throws {
    let labels = TrueLabels(classes: 2, names: ["cat", "dog"])
    #expect(try labels.truth(of: images(paths)) == truth)
  }

  /// "train" is a class too, but the folders with different names are the classes.
  @Test func theClassFoldersThatDifferCount() throws {
    let labels = TrueLabels(classes: 2, names: ["cat", "train"])
    #expect(try labels.truth(of: images(["train/cat/1.png", "train/train/1.png"])) == [0, 1])
    #expect(try labels.truth(of: images(["cat/train/1.png", "train/train/2.png"])) == [0, 1])
    let strange = try images(["train/wolf/1.png", "train/cat/1.png"])
    #expect(throws: OddityError.self) {
      try TrueLabels(classes: 2, names: ["cat", "dog"]).truth(of: strange)
    }
  }

  @Test func withoutNamesFoldersAreCountedBelowTheSharedOnes() throws {
    let source = try images(["data/train/b/1.png", "data/train/a/1.png", "data/train/B/1.png"])
    #expect(try TrueLabels(classes: 3, names: nil).truth(of: source) == [0, 1, 2])
  }

  @Test(arguments: ["plain", "mark", "little", "big"])
  func listsMayHaveAByteOrderMark(encoding: String) throws {
    let paths = try write("labels.csv", "path,index\r\n1.png,1\r\n2.png,0\r\n", encoding)
    let names = try write("labels.txt", "airplane\r\nbird\r\n", encoding)
    let numbers = try write("scores.txt", "1.5\r\n2.5\r\n", encoding)
    let images = try images(["1.png", "2.png"])
    #expect(try TrueLabels(classes: 2, names: nil, file: LabelFile(path: paths)).truth(of: images) == [1, 0])
    #expect(try LabelFile(path: names).names() == ["airplane", "bird"])
    #expect(try ScoreFile(path: numbers).rows.map(\.score) == [1.5, 2.5])
  }

  @Test func anImageOfTwoClassesIsAnError() throws {
    let twice = try write("labels.csv", "1.png,1\n2.png,0\n1.png,1\n", "plain")
    #expect(try LabelFile(path: twice).indicesByPath() == ["1.png": 1, "2.png": 0])
    let other = try write("labels.csv", "1.png,1\n2.png,0\n1.png,0\n", "plain")
    let error = #expect(throws: OddityError.self) { try LabelFile(path: other).indicesByPath() }
    #expect(error?.message.contains("line 3") == true && error?.message.contains("'1.png'") == true)
  }

  /// "café" in Latin-1, in the list as bytes and in the escaped form of the results.
  @Test func namesThatAreNotUTF8AreListedByTheirBytesOrTheirEscapes() throws {
    let file = folder.url.appending(path: "images.tar").path
    let names = [Array("caf".utf8) + [0xe9] + Array("/1.png".utf8), Array("cat/2.png".utf8)]
    try Data(names.flatMap(Self.emptyMember) + [UInt8](repeating: 0, count: 1024)).write(
      to: URL(filePath: file))
    let source = try ImageSources.open(file)
    #expect(source.items.map(\.path) == [#"caf\xe9/1.png"#, "cat/2.png"])
    for line in [Array("caf".utf8) + [0xe9] + Array("/1.png,1".utf8), Array(#"caf\xe9/1.png,1"#.utf8)] {
      let list = folder.url.appending(path: "list.csv")
      try Data(line).write(to: list)
      #expect(
        try TrueLabels(classes: 2, names: nil, file: LabelFile(path: list.path)).truth(of: source) == [1, 1])
    }
    let classes = folder.url.appending(path: "names.txt")
    try Data(Array("cat\ncaf".utf8) + [0xe9]).write(to: classes)
    #expect(
      try TrueLabels(classes: 2, names: nil, file: LabelFile(path: classes.path)).truth(of: source) == [1, 0])
  }

  /// The header of an empty file in a tar (POSIX.1-1988).
  private static func emptyMember(_ name: [UInt8]) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ bytes: some Sequence<UInt8>, at place: Int) {
      for (offset, byte) in bytes.enumerated() { header[place + offset] = byte }
    }
    put(name, at: 0)
    put("0000644".utf8, at: 100)
    put("00000000000".utf8, at: 124)
    put("        0".utf8, at: 148)
    put("ustar\u{0}00".utf8, at: 257)
    let sum = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
    put((String(repeating: "0", count: 6 - sum.count) + sum + "\u{0}").utf8, at: 148)
    return header
  }

  private func write(_ name: String, _ text: String, _ encoding: String) throws -> String {
    let file = folder.url.appending(path: name)
    let units = Array(text.utf16)
    let bytes: [UInt8] =
      switch encoding {
      case "little": [0xff, 0xfe] + units.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
      case "big": [0xfe, 0xff] + units.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
      default: (encoding == "mark" ? [0xef, 0xbb, 0xbf] : []) + Array(text.utf8)
      }
    try Data(bytes).write(to: file)
    return file.path
  }

  /// A folder of files that look like images. They are never decoded.
  private func images(_ paths: [String]) throws -> any ImageSource {
    let root = folder.url.appending(path: UUID().uuidString)
    for path in paths {
      let file = root.appending(path: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data().write(to: file)
    }
    return try ImageSources.open(root.path)
  }
}

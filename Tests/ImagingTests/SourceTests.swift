import Foundation
import Testing
import TestSupport

@testable import Imaging

@Suite struct SourceTests {
  struct Manifest: Decodable, Sendable {
    let names: [String]
    let side: Int
    let pixels: [[UInt8]]
    let labels: [Int]
    let floats: [[Float]]

    var grey: [[UInt8]] { pixels.map { row in stride(from: 0, to: row.count, by: 3).map { row[$0] } } }
  }

  let reference: Reference<Manifest>

  init() throws { reference = try Self.shared.get() }

  private static let shared = Result { try Reference<Manifest>("source_reference.py") }

  @Test func foldersAreSearchedInByteOrder() throws {
    let source = try open("folder")
    #expect(source.items.map(\.path) == ["Z/deep/er/1.png", "a/z.png", "b/10.PNG", "b/2.png", "top.png"])
    #expect(source.items.map(\.folder) == ["Z", "a", "b", "b", nil])
    #expect(source.items[1].name == reference.folder.path("folder") + "/a/z.png")
    #expect(try open("folder/").items == source.items)
    try expectPixels(source, order: [4, 2, 1, 0, 3])
  }

  @Test(arguments: ["images.tar", "images.tar.gz", "images.tgz"])
  func tarsKeepTheirOrder(name: String) throws {
    let source = try open(name)
    #expect(source.items.map(\.path) == reference.manifest.names + ["link.png"])
    #expect(source.items.map(\.folder) == ["b", "b", "a", nil, "Z", nil])
    #expect(source.items[0].name == reference.folder.path(name) + "/b/2.png")
    try expectPixels(source, order: [0, 1, 2, 3, 4, 3])
  }

  @Test func idsDoNotDependOnTheSource() throws {
    let folder = try open("folder").items
    let tar = try open("images.tar").items
    #expect(
      Dictionary(grouping: folder, by: \.id).mapValues { $0[0].path }
        == Dictionary(grouping: tar.dropLast(), by: \.id).mapValues { $0[0].path })
    // The published test vector of FNV-1a for "foobar".
    #expect(FNV1a.hash("foobar") == 0x8594_4171_f739_67e8)
    #expect(try open("colour.npy").items[4].id == FNV1a.hash("4"))
  }

  @Test(arguments: [
    "t10k-images-idx3-ubyte", "train-images-idx3-ubyte.gz", "dotted-images.idx3-ubyte", "lonely",
  ])
  func idx(name: String) throws {
    let source = try open(name)
    let hasLabels = name.hasPrefix("t")
    #expect(
      source.items.map(\.labelIndex) == (hasLabels ? reference.manifest.labels : [nil, nil, nil, nil, nil]))
    #expect(source.items[2].path == "#2")
    #expect(source.items[2].name == reference.folder.path(name) + "#2")
    try expectPixels(source, order: [0, 1, 2, 3, 4], pixels: reference.manifest.grey, channels: 1)
  }

  @Test(arguments: [
    "cifar10.bin", "cifar100.bin", "colour.npy", "named.npz", "compressed.npz", "unnamed.npz",
    "packed.npy.gz",
  ])
  func colourArrays(name: String) throws {
    let source = try open(name)
    let hasLabels = !["colour.npy", "unnamed.npz", "packed.npy.gz"].contains(name)
    #expect(
      source.items.map(\.labelIndex) == (hasLabels ? reference.manifest.labels : [nil, nil, nil, nil, nil]))
    try expectPixels(source, order: [0, 1, 2, 3, 4])
  }

  @Test func greyArrays() throws {
    try expectPixels(
      open("grey.npy"), order: [0, 1, 2, 3, 4], pixels: reference.manifest.grey, channels: 1)
  }

  @Test(arguments: ["one.npy", "one-of-one.npy", "one.npz"])
  func oneImageIsOne(name: String) throws {
    try expectPixels(open(name), order: [0])
  }

  @Test func oneImageOfOneChannelIsGrey() throws {
    try expectPixels(open("one-grey.npy"), order: [0], pixels: reference.manifest.grey, channels: 1)
  }

  @Test func oneTensorIsOne() throws {
    let payloads = try read(open("one-float.npy"))
    #expect(
      try payloads.map { try $0.payload.get() } == [.tensor(reference.manifest.floats[0], shape: [3, 4, 6])])
  }

  /// Three grey images and one colour image with its channels first have the same shape.
  @Test func whatCouldBeOneImageIsSaid() throws {
    #expect(try open("grey.npy").remarks.isEmpty && open("one.npy").remarks.isEmpty)
    let remarks = try open("three-grey.npy").remarks
    #expect(remarks.count == 1 && remarks[0].contains("three-grey.npy' [3, 32, 32] is read as 3 grey images"))
  }

  /// Among other sources, a bad source fails in its place. Alone, it ends the command, unless its name is
  /// that of an image.
  @Test func oneBadSourceDoesNotStopTheOthers() throws {
    let folder = reference.folder
    let gzipped = try folder.write("gzipped.jpg", folder.bytes("packed.npy.gz").dropLast(4) + [0, 0, 0, 0])
    let specs = ["top.png", "gone.tar", "Z", "a/gone", "gone.jpg", "b/2.png"].map {
      folder.path("folder/" + $0)
    }
    let sources = try ImageSources.openJoiningImages(specs + [gzipped, "@" + folder.path("gone.txt")])
    #expect(sources.map(\.items.count) == [2, 1, 5])
    let outcomes = try sources.flatMap { source in
      try read(source).map { image in (source.items[image.index].name, (try? decoded(image)) != nil) }
    }
    #expect(
      outcomes.map(\.0) == specs.map { $0 == specs[2] ? $0 + "/deep/er/1.png" : $0 } + [
        gzipped, "@" + folder.path("gone.txt"),
      ])
    #expect(outcomes.map(\.1) == [true, false, true, false, false, true, false, false])
    #expect(try ImageSources.openJoiningImages([gzipped])[0].items.count == 1)
    #expect(throws: ImagingError.self) { try ImageSources.openJoiningImages([specs[1]]) }
  }

  @Test func floatArraysAreTensors() throws {
    let payloads = try read(open("floats.npy"))
    for (row, values) in reference.manifest.floats.enumerated() {
      #expect(try payloads[row].payload.get() == .tensor(values, shape: [3, 4, 6]))
    }
  }

  @Test func listsAreRelativeToTheCurrentFolder() throws {
    let folder = reference.folder
    let paths = [folder.path("folder/top.png"), folder.path("absent.png"), folder.path("folder/a/z.png")]
    let list = try folder.write(
      "list.txt", Array((paths[0] + "\r\n\n" + paths[1] + "\n  \n" + paths[2]).utf8))
    let source = try ImageSources.open("@" + list)
    #expect(source.items.map(\.path) == paths)
    #expect(source.items.allSatisfy { $0.folder == nil })
    let images = try read(source)
    #expect(try decoded(images[0]) == reference.manifest.pixels[3])
    #expect(throws: ImagingError.self) { try decoded(images[1]) }
    #expect(try decoded(images[2]) == reference.manifest.pixels[2])
  }

  /// OpenOOD's lists contain classes, and their images are in OpenOOD's folders.
  @Test func listsMayHaveClasses() throws {
    let files = FileManager.default
    let folder = try TemporaryFolder()
    for name in ["images_classic/cifar10/test", "benchmark_imglist/cifar10"] {
      try files.createDirectory(atPath: folder.path("data/\(name)"), withIntermediateDirectories: true)
    }
    try files.copyItem(
      atPath: reference.folder.path("folder/top.png"),
      toPath: folder.path("data/images_classic/cifar10/test/a cat.png"))
    let text = "cifar10/test/a cat.png 3\ncifar10/test/absent.png\t-1\n"
    let list = try folder.write("data/benchmark_imglist/cifar10/test.txt", Array(text.utf8))
    let source = try ImageSources.open("@" + list)
    #expect(source.items.map(\.path) == ["cifar10/test/a cat.png", "cifar10/test/absent.png"])
    #expect(source.items.map(\.labelIndex) == [3, nil])
    #expect(source.items[0].name == folder.path("data/images_classic/cifar10/test/a cat.png"))
    let images = try read(source)
    #expect(try decoded(images[0]) == reference.manifest.pixels[3])
    #expect(throws: ImagingError.self) { try decoded(images[1]) }
    // The first image of a list may be missing.
    let reversed = text.split(separator: "\n").reversed().joined(separator: "\n")
    let other = try folder.write("data/benchmark_imglist/cifar10/other.txt", Array(reversed.utf8))
    #expect(try ImageSources.open("@" + other).items[1].name == source.items[0].name)
    // In other folders, paths are relative to the current folder.
    let elsewhere = try folder.write("data/list.txt", Array(text.utf8))
    #expect(try ImageSources.open("@" + elsewhere).items[0].name == "cifar10/test/a cat.png")
  }

  /// A name may end in a number. A list contains classes only if all of its lines do.
  @Test(arguments: ["a.png 3\nb.png\n", "photo 3\nphoto 4\n", "a.png 3.5\nb.png 4\n", "a.png 3x\n"])
  func otherListsArePaths(text: String) throws {
    let source = try FileListSource(list: Array(text.utf8), description: "@list.txt")
    #expect(source.items.map(\.path) == text.split(separator: "\n").map(String.init))
    #expect(source.items.allSatisfy { $0.labelIndex == nil })
  }

  /// If most lines have a class, a line without one is an error. Spaces after the number are allowed.
  @Test func aLineWithoutAClassIsNamed() throws {
    let error = #expect(throws: ImagingError.self) {
      try FileListSource(list: Array("a.png 3\nb.png -1\nc.png\n".utf8), description: "@list.txt")
    }
    #expect(error?.code == .badSource && error?.message.contains("in the line 'c.png'") == true)
    let source = try FileListSource(list: Array("a.png 3 \nb.png\t-1\t\n".utf8), description: "@list.txt")
    #expect(source.items.map(\.path) == ["a.png", "b.png"] && source.items.map(\.labelIndex) == [3, nil])
  }

  /// Three formats begin only with letters, as names of folders do.
  @Test(arguments: ["BMW cars/0.png\nBMW cars/1.png\n", "GIF89a/0.png\n\nb.png\n", "P6 #2/0.png\nb.png\n"])
  func listsMayBeginAsImagesDo(text: String) throws {
    #expect(ImageFormat(Array(text.utf8)) != nil)
    #expect(try TextFile.paths(Array(text.utf8), name: "list.txt").count == 2)
    let error = #expect(throws: ImagingError.self) {
      try TextFile.paths([0xff, 0xd8, 0xff] + text.utf8, name: "list.txt")
    }
    #expect(error?.code == .badSource && error?.message.contains("is an image") == true)
  }

  @Test func pipesAreReadToTheirEnd() throws {
    let pipe = Pipe()
    let text = String(repeating: "a/long/path/to/an image.png\n", count: 20_000)
    // This uses a thread, because a task would wait for a place in the pool, behind all other tests, while
    // this test blocks half of it.
    Thread.detachNewThread {
      try? pipe.fileHandleForWriting.write(contentsOf: Data(text.utf8))
      try? pipe.fileHandleForWriting.close()
    }
    let bytes = try ImageSources.content(of: pipe.fileHandleForReading.fileDescriptor)
    #expect(bytes == Array(text.utf8))
    let source = try FileListSource(list: bytes, description: "-")
    #expect(source.items.count == 20_000)
    #expect(source.items[0].path == "a/long/path/to/an image.png")
  }

  @Test func oneImage() throws {
    let source = try open("folder/a/z.png")
    #expect(source.items.map(\.path) == ["z.png"])
    #expect(source.items[0].name == reference.folder.path("folder/a/z.png"))
    try expectPixels(source, order: [2])
  }

  @Test(arguments: ["folder", "images.tar", "images.tar.gz", "cifar10.bin", "named.npz"])
  func selectionsAreReadInOrder(name: String) throws {
    let source = try open(name)
    let all = try read(source)
    let some = try read(source, selecting: [4, 1, 2, 1])
    #expect(some.map(\.index) == [1, 2, 4])
    for item in some { #expect(try item.payload.get() == all[item.index].payload.get()) }
    #expect(try read(source, selecting: []).isEmpty)
  }

  @Test func theSameImageHasTheSameHashInEverySource() throws {
    let tar = try read(open("images.tar")).map { try $0.payload.get().contentHash() }
    let folder = try read(open("folder")).map { try $0.payload.get().contentHash() }
    #expect(folder == [4, 2, 1, 0, 3].map { tar[$0] })
    #expect(tar.count == 6 && Set(tar).count == 5)
    let array = try read(open("colour.npy")).map { try $0.payload.get().contentHash() }
    #expect(try read(open("cifar10.bin")).map { try $0.payload.get().contentHash() } == array)
  }

  private func open(_ name: String) throws -> any ImageSource {
    try ImageSources.open(reference.folder.path(name))
  }

  private func expectPixels(
    _ source: any ImageSource, order: [Int], pixels: [[UInt8]]? = nil, channels: Int = 3
  ) throws {
    let images = try read(source)
    #expect(images.map(\.index) == Array(order.indices))
    for (image, expected) in zip(images, order) {
      guard case .pixels(let decoded) = try image.payload.get().decode() else {
        Issue.record("not pixels")
        continue
      }
      #expect(decoded.channels == channels)
      #expect(decoded.width == reference.manifest.side)
      #expect(decoded.pixels == (pixels ?? reference.manifest.pixels)[expected])
    }
  }
}

typealias ReadImage = (index: Int, payload: Result<EncodedImage, ImagingError>)

func read(_ source: any ImageSource, selecting indices: [Int]? = nil) throws -> [ReadImage] {
  let reader = try source.reader(selecting: indices)
  var images: [ReadImage] = []
  while let image = try reader.next() { images.append(image) }
  return images
}

func decoded(_ image: ReadImage) throws -> [UInt8] {
  guard case .pixels(let pixels) = try image.payload.get().decode() else { return [] }
  return pixels.pixels
}

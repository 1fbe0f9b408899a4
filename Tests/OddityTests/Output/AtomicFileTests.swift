import Foundation
import Oddity
import Testing
import TestSupport

@Suite struct AtomicFileTests {
  let folder: TemporaryFolder
  let old = Data("the old content".utf8)

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test func readersSeeTheOldContentUntilCommit() throws {
    let path = folder.path("model.onnx")
    try old.write(to: URL(filePath: path))
    let file = try AtomicFile(path: path)
    try file.write(Data("new ".utf8))
    #expect(try Data(contentsOf: URL(filePath: path)) == old)
    try file.write(Data("content".utf8))
    try file.commit()
    #expect(try Data(contentsOf: URL(filePath: path)) == Data("new content".utf8))
    #expect(try folder.contents() == ["model.onnx"])
  }

  @Test func whatIsNeverCommittedLeavesNoTrace() throws {
    var file: AtomicFile? = try AtomicFile(path: folder.path("model.onnx"))
    try file?.write(old)
    #expect(try folder.contents().count == 1)
    file = nil
    #expect(try folder.contents().isEmpty)
  }

  @Test func anInterruptedProgramLeavesNoTrace() throws {
    let unfinished = TemporaryOutputs()
    let path = folder.path("model.onnx")
    try old.write(to: URL(filePath: path))
    let file = try AtomicFile(path: path, unfinished: unfinished)
    try file.write(Data("half of the new".utf8))
    var left: [String] = []
    unfinished.discardAll { left = (try? folder.contents()) ?? [] }
    #expect(left == ["model.onnx"])
    #expect(throws: OddityError.self) { try file.commit() }
    #expect(try Data(contentsOf: URL(filePath: path)) == old)
  }

  @Test func permissionsOfTheOldFileStay() throws {
    let path = folder.path("model.onnx")
    try old.write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
    try AtomicFile.write(Data("new".utf8), to: path)
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o640)
  }

  @Test func aSymbolicLinkIsFollowed() throws {
    try old.write(to: URL(filePath: folder.path("real")))
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("link"), withDestinationPath: folder.path("real"))
    try AtomicFile.write(Data("new".utf8), to: folder.path("link"))
    #expect(try Data(contentsOf: URL(filePath: folder.path("real"))) == Data("new".utf8))
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.path("link")).hasSuffix("real"))
  }

  @Test(arguments: ["", "missing/model.onnx", "file/model.onnx", ".", "folder/"])
  func aPathThatCannotBeWrittenIsFoundAtOnce(name: String) throws {
    try old.write(to: URL(filePath: folder.path("file")))
    let path = name.isEmpty ? "" : folder.url.path + "/" + name
    let error = try #require(throws: OddityError.self) { try AtomicFile(path: path) }
    #expect(error.code == .output)
    #expect(error.message.contains("cannot write \(name.isEmpty ? "\"\"" : path): "))
    #expect(try folder.contents() == ["file"])
  }

  /// /dev/full simulates a full disk.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func aFullDiskIsAnError() throws {
    let error = try #require(throws: OddityError.self) { try AtomicFile.write(old, to: "/dev/full") }
    #expect(error.code == .output)
    #expect(error.message == "cannot write /dev/full: no space left on device")
  }

  @Test func aDeviceIsWrittenStraight() throws {
    try AtomicFile.write(old, to: "/dev/null")
    var status = stat()
    #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
  }

  /// The limit on file sizes applies to the whole process, so it is large: other tests write less at the same
  /// time.
  @Test func whereTheFileCannotGrowTheOldOneStaysWhole() throws {
    let path = folder.path("model.onnx")
    try old.write(to: URL(filePath: path))
    var before = rlimit()
    let limit = 64 << 20
    signal(SIGXFSZ, SIG_IGN)
    getrlimit(fileSizeLimit, &before)
    var lowered = rlimit(rlim_cur: rlim_t(limit), rlim_max: before.rlim_max)
    setrlimit(fileSizeLimit, &lowered)
    defer { setrlimit(fileSizeLimit, &before) }
    let error = try #require(throws: OddityError.self) {
      try AtomicFile.write(Data(count: limit + 1), to: path)
    }
    #expect(error.code == .output && error.message.hasSuffix("file too large"))
    #expect(try Data(contentsOf: URL(filePath: path)) == old)
    #expect(try folder.contents() == ["model.onnx"])
  }
}

#if os(Linux)
  private let fileSizeLimit = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
#else
  private let fileSizeLimit = RLIMIT_FSIZE
#endif

import Foundation

/// The file for each input of this process, for code that reads files.
public enum InputFile {
  /// In memory if the system has such a folder, because a fuzzer writes some thousand files per second.
  public static let folder: URL = {
    let memory = URL(filePath: "/dev/shm")
    let base =
      FileManager.default.isWritableFile(atPath: memory.path)
      ? memory : FileManager.default.temporaryDirectory
    return base.appending(path: "oddity-fuzz-\(ProcessInfo.processInfo.processIdentifier)")
  }()

  /// - Returns: the path of a file with these bytes. The next call may overwrite it.
  /// - Throws: if it cannot be written.
  public static func path(holding bytes: [UInt8], named name: String = "input") throws -> String {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appending(path: name)
    guard FileManager.default.createFile(atPath: file.path, contents: Data(bytes)) else {
      fatalError("cannot write \(file.path)")
    }
    return file.path
  }

  /// Removes all files of this process when it exits.
  public static func removeAtExit() {
    atexit { try? FileManager.default.removeItem(at: InputFile.folder) }
  }
}

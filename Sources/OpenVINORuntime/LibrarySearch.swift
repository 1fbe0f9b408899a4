import Foundation
import Synchronization

/// Where the engine's library may lie, in the order in which the places are tried.
struct LibrarySearch {
  /// Names a file; nothing else is tried then.
  static let variable = "ODDITY_OPENVINO_LIBRARY"

  #if os(macOS)
    static let names = ["libopenvino_c.2641.dylib", "libopenvino_c.dylib"]
  #else
    static let names = ["libopenvino_c.so.2641", "libopenvino_c.so"]
  #endif

  /// Where a program says that the library lies, such as in a package of Python's.
  private static let said = Mutex<String?>(nil)

  /// Says where the library lies; without effect once it was opened.
  static func use(_ path: String) { said.withLock { $0 = path } }

  let environment: [String: String]
  /// What a program said.
  var said: String?
  /// The running program, links resolved.
  let executable: URL

  static var ofThisProcess: LibrarySearch {
    let executable = Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
    return LibrarySearch(
      environment: ProcessInfo.processInfo.environment, said: said.withLock { $0 },
      executable: executable.resolvingSymlinksInPath())
  }

  /// What to hand to `dlopen`: files that exist, then bare names, which the loader looks up in the
  /// system's own folders.
  ///
  /// 1. `ODDITY_OPENVINO_LIBRARY`, or else what the program said, alone;
  /// 2. `../lib/oddity` beside the program, where `make install` puts the engine;
  /// 3. the loader's path, where the system's packages put it;
  /// 4. `.build-engine/lib` in the nearest folder above the program, where `Scripts/setup` puts it: a
  ///    program or a test run from `.build` of a working copy needs no variable.
  func candidates(exists: (String) -> Bool = FileManager.default.fileExists(atPath:)) -> [String] {
    if let file = environment[Self.variable], !file.isEmpty { return [file] }
    if let file = said { return [file] }
    let installed = files(in: folder.deletingLastPathComponent().appending(path: "lib/oddity"))
    let development = foldersAbove.map { files(in: $0.appending(path: ".build-engine/lib")) }
    return installed.filter(exists) + Self.names
      + (development.first { $0.contains(where: exists) } ?? []).filter(exists)
  }

  private var folder: URL { executable.deletingLastPathComponent() }

  private var foldersAbove: [URL] {
    var folders = [folder]
    while let last = folders.last, last.path != "/" { folders.append(last.deletingLastPathComponent()) }
    return folders
  }

  private func files(in folder: URL) -> [String] {
    Self.names.map { folder.appending(path: $0).path }
  }
}

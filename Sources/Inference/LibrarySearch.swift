import Foundation
import Synchronization

/// The possible paths of an engine's library, in the order in which they are tried.
package struct LibrarySearch: Sendable {
  /// The environment variable that names a file. If it is set, nothing else is tried.
  package let variable: String
  /// File names, the preferred one first.
  package let names: [String]
  /// The folder that `Scripts/setup` unpacks the library into.
  package let developmentFolder: String
  /// The start of file names that end in a version, where a system may have no link without one.
  private let versionedPrefix: String?
  private let environment: [String: String]
  /// The path that the program has set.
  private let said: String?
  /// The running program, links resolved.
  private let executable: URL

  /// The paths that a program sets, for example to a library in a Python package, by the environment variable
  /// with the same effect.
  private static let saying = Mutex<[String: String]>([:])

  /// Sets the path of the library. Has no effect after it was opened.
  package static func use(_ path: String, inPlaceOf variable: String) {
    saying.withLock { $0[variable] = path }
  }

  /// Searches for the libraries of this process.
  package init(variable: String, names: [String], developmentFolder: String, versionedPrefix: String? = nil) {
    let executable = Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
    self.init(
      variable: variable, names: names, developmentFolder: developmentFolder,
      versionedPrefix: versionedPrefix,
      environment: ProcessInfo.processInfo.environment, said: Self.saying.withLock { $0[variable] },
      executable: executable.resolvingSymlinksInPath())
  }

  package init(
    variable: String, names: [String], developmentFolder: String, versionedPrefix: String? = nil,
    environment: [String: String], said: String? = nil, executable: URL
  ) {
    (self.variable, self.names, self.developmentFolder) = (variable, names, developmentFolder)
    self.versionedPrefix = versionedPrefix
    (self.environment, self.said, self.executable) = (environment, said, executable)
  }

  /// The candidates for `dlopen`: files that exist, followed by bare names, which the loader looks up in the
  /// system's own folders.
  ///
  /// 1. only the file that the environment variable names, or otherwise the path that the program has set;
  /// 2. `../lib/oddity` beside the program, where `make install` puts the engine;
  /// 3. the loader's path, where system packages put it, and names with a version in the system's folders;
  /// 4. a folder such as `.build-engine/lib` in the nearest folder above the program. `Scripts/setup` puts
  ///    the engine there, so that a program or a test in `.build` of a working copy needs no variable.
  package func candidates(exists: (String) -> Bool = FileManager.default.fileExists(atPath:)) -> [String] {
    if let namedFile { return [namedFile] }
    let installed = files(in: folder.deletingLastPathComponent().appending(path: "lib/oddity"))
    let development = foldersAbove.map { files(in: $0.appending(path: developmentFolder)) }
    return installed.filter(exists) + names + versioned
      + (development.first { $0.contains(where: exists) } ?? []).filter(exists)
  }

  /// Whether the environment or the program sets a path.
  package var isNamed: Bool { namedFile != nil }

  private var namedFile: String? {
    if let file = environment[variable], !file.isEmpty { return file }
    return said
  }

  private static let systemFolders = ["/usr/local/lib", "/usr/lib", "/usr/lib64"]

  /// The versioned names, the newest first.
  private var versioned: [String] {
    guard let versionedPrefix else { return [] }
    let folders = Self.systemFolders.flatMap { folder in
      [folder] + ["x86_64", "aarch64"].map { "\(folder)/\($0)-linux-gnu" }
    }
    let files = folders.flatMap { folder in
      ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter {
        $0.hasPrefix(versionedPrefix)
      }
      .map { "\(folder)/\($0)" }
    }
    return files.sorted { $0.compare($1, options: .numeric) == .orderedDescending }
  }

  private var folder: URL { executable.deletingLastPathComponent() }

  private var foldersAbove: [URL] {
    var folders = [folder]
    while let last = folders.last, last.path != "/" { folders.append(last.deletingLastPathComponent()) }
    return folders
  }

  private func files(in folder: URL) -> [String] {
    names.map { folder.appending(path: $0).path }
  }
}

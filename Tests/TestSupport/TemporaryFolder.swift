import Foundation
import Synchronization

/// A new, empty folder. It is removed with its content on release or at the end of the process, because
/// static properties of tests are never released.
public final class TemporaryFolder: Sendable {
  private static let living = Mutex<Set<URL>>([])
  private static let removalAtExit: Void = {
    atexit {
      TemporaryFolder.living.withLock { for url in $0 { try? FileManager.default.removeItem(at: url) } }
    }
  }()

  public let url: URL

  public init() throws {
    _ = Self.removalAtExit
    let url = FileManager.default.temporaryDirectory.appending(path: "oddity-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    self.url = url
    Self.living.withLock { _ = $0.insert(url) }
  }

  deinit {
    try? FileManager.default.removeItem(at: url)
    Self.living.withLock { _ = $0.remove(url) }
  }

  /// The path of a file in the folder.
  public func path(_ name: String) -> String { url.appending(path: name).path }

  /// The names of all files in the folder, including hidden ones.
  public func contents() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: url.path).sorted()
  }
}

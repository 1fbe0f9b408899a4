import Foundation
import Synchronization

/// The temporary files of outputs that are being written, so that an interrupted program can remove them.
package final class TemporaryOutputs: Sendable {
  /// Those of this program.
  package static let shared = TemporaryOutputs()

  private let paths = Mutex<Set<String>>([])

  package init() {}

  func add(_ path: String) {
    paths.withLock { _ = $0.insert(path) }
  }

  func remove(_ path: String) {
    paths.withLock { _ = $0.remove(path) }
  }

  /// Removes every unfinished output and then calls `leave`, which ends the program.
  ///
  /// No output can be begun or finished in between: whoever tries waits.
  package func discardAll(thenLeave leave: () -> Void) {
    paths.withLock { paths in
      for path in paths { unlink(path) }
      paths.removeAll()
      leave()
    }
  }
}

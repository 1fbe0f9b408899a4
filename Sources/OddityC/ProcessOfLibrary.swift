import COddity
import Foundation
import Synchronization

/// The process in which the library's threads run. A fork has none of these threads, and would wait for ever.
enum ProcessOfLibrary {
  /// 0 before the first work.
  private static let process = Atomic<pid_t>(0)

  /// Records that threads are started.
  static func begin() {
    _ = process.compareExchange(expected: 0, desired: getpid(), ordering: .relaxed)
  }

  /// - Throws: ``Failure`` in a fork.
  static func check() throws {
    let owner = process.load(ordering: .relaxed)
    guard owner == 0 || owner == getpid() else {
      throw Failure(
        status: Int32(ODDITY_FORKED), name: "forked",
        message:
          "this process was forked after Oddity had started its threads, which do not exist in the fork: "
          + "start processes with 'spawn' (Python: multiprocessing.get_context(\"spawn\"), or "
          + "multiprocessing_context=\"spawn\" of a DataLoader)"
      )
    }
  }
}

import COddity
import Foundation
import Synchronization

/// The process that the library's threads live in. A fork has none of them, and waits for ever.
enum ProcessOfLibrary {
  /// 0 before the first work.
  private static let process = Atomic<pid_t>(0)

  /// Notes that threads are started, or are there.
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
          "this process was forked after Oddity had begun to work, and its threads are not in the fork: start processes by 'spawn' "
          + "(Python: multiprocessing.get_context(\"spawn\"), or multiprocessing_context=\"spawn\" of a DataLoader)"
      )
    }
  }
}

import Foundation
import Oddity

/// The files that this process may have open: each connection is one.
enum OpenFiles {
  /// For models, libraries, archives, streams and logs.
  private static let others = 200

  /// With fewer a server would have room for next to no connection. One that is waited for and cannot be taken keeps a core busy.
  private static let least = 256

  /// Lets the process have as many files as the system allows.
  ///
  /// - Returns: for how many connections there is room, `wanted` at most.
  /// - Throws: ``OddityError`` `.usage` where the system allows too few files.
  static func makeRoom(forConnections wanted: Int) throws(OddityError) -> Int {
    #if canImport(Darwin)
      let files = RLIMIT_NOFILE
    #else
      let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #endif
    var limit = rlimit()
    guard getrlimit(files, &limit) == 0 else { return wanted }
    var raised = limit
    raised.rlim_cur = limit.rlim_max
    if setrlimit(files, &raised) == 0 { limit = raised }
    let allowed = Int(clamping: limit.rlim_cur)
    guard allowed >= least else {
      throw OddityError(
        .usage,
        "the system allows this process \(allowed) open files, and a server needs \(least): raise the limit with ulimit -n"
      )
    }
    return min(wanted, allowed - others)
  }
}

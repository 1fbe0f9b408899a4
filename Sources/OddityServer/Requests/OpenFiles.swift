import Foundation
import Oddity

/// The limit of open files of this process. Each connection needs one.
enum OpenFiles {
  /// Files for models, libraries, archives, streams and logs.
  private static let others = 200

  /// With fewer files there would be room for hardly any connection. A connection that waits but cannot be
  /// accepted keeps a core busy.
  private static let least = 256

  /// Raises the process's limit of open files to what the system allows.
  ///
  /// - Returns: for how many connections there is room, at most `wanted`.
  /// - Throws: ``OddityError`` `.usage` if the system allows too few files.
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

import Foundation

/// The files that this process may have open: each connection is one.
enum OpenFiles {
  /// For models, libraries, archives, streams and logs.
  private static let others = 200

  /// Lets the process have as many files as the system allows.
  ///
  /// - Returns: for how many connections there is room, `wanted` at most.
  static func makeRoom(forConnections wanted: Int) -> Int {
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
    return max(1, min(wanted, Int(clamping: limit.rlim_cur) - others))
  }
}

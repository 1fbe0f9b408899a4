/// The output of callgrind: instructions by object file. (Callgrind's format, Valgrind manual, section 6.)
struct CallgrindProfile {
  private var costs: [String: Int] = [:]

  init(_ text: String) {
    var names: [Substring: String] = [:]
    var object = ""
    // The line after a call has the cost of everything that was called, which does not belong to this object.
    var isCall = false
    for line in text.split(separator: "\n") {
      if let name = line.dropping("ob=") ?? line.dropping("cob=") {
        let parts = name.split(separator: " ", maxSplits: 1)
        if parts.count == 2 { names[parts[0]] = String(parts[1]) }
        if line.hasPrefix("ob=") { object = names[parts[0]] ?? "" }
      } else if line.hasPrefix("calls=") {
        isCall = true
      } else if let first = line.first, first.isNumber || "+-*".contains(first) {
        if !isCall { costs[object, default: 0] += line.split(separator: " ").last.flatMap { Int($0) } ?? 0 }
        isCall = false
      }
    }
  }

  /// - Parameter name: the last component of the file's path.
  func instructions(ofObject name: String) -> Int {
    costs.reduce(0) { $1.key.split(separator: "/").last.map(String.init) == name ? $0 + $1.value : $0 }
  }
}

extension Substring {
  fileprivate func dropping(_ prefix: String) -> Substring? {
    hasPrefix(prefix) ? dropFirst(prefix.count) : nil
  }
}

import Foundation
import Imaging
import OddityFit

/// A digest of which images a set has, that changes when one of them does.
///
/// Content is told by size and modification time, of each file or of the archive, so that a hundred thousand images are
/// checked in a moment. Only paths relative to their source count: a suite and its data may be moved together.
enum ImageFingerprint {
  static func hex(of set: ImageSet) -> String {
    var hash = SHA256()
    for stretch in set.stretches {
      let container = state(ofRegularFile: Array(stretch.source.description.utf8))
      hash.add("source \(container ?? "folder")")
      for position in stretch.positions {
        let item = stretch.source.items[position]
        let state = container == nil ? state(ofRegularFile: item.nameBytes) ?? "missing" : ""
        hash.add("\(item.path) \(state)")
      }
    }
    return hash.finalize().hex
  }

  /// By what a file's content is told; nil where there is no such regular file.
  private static func state(ofRegularFile path: [UInt8]) -> String? {
    var status = stat()
    let name = path.map(CChar.init(bitPattern:)) + [0]
    guard stat(name, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    return "\(status.st_size) \(time.tv_sec).\(time.tv_nsec)"
  }
}

extension SHA256 {
  /// Texts are told apart by the zero byte after each, which no path holds.
  fileprivate mutating func add(_ text: String) {
    update(data: Data(text.utf8 + [0]))
  }
}

import Foundation
import Imaging
import OddityFit

/// A digest of the images of a set. It changes if one of them changes.
///
/// The digest contains sizes and modification times of the files or of the archive instead of their content,
/// so that checking a hundred thousand images is fast. It uses only paths relative to their source, so that a
/// suite and its data may be moved together.
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

  /// The properties that identify a file's content; nil if it is not a regular file.
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
  /// A zero byte follows each text to separate the texts. Paths do not contain zero bytes.
  fileprivate mutating func add(_ text: String) {
    update(data: Data(text.utf8 + [0]))
  }
}

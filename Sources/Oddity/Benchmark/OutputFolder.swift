import Foundation

/// Folders that results go to.
package enum OutputFolder {
  /// Makes a folder and those above it, where they are not there yet.
  ///
  /// - Throws: ``OddityError`` `.output`.
  package static func create(_ path: String) throws(OddityError) {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw OddityError(
        .output, "cannot make the folder \(path): name another one with --output", underlying: error)
    }
  }
}

import Foundation

/// Folders that results go to.
package enum OutputFolder {
  /// Deletes a file of an earlier run, if it is there.
  ///
  /// - Throws: ``OddityError`` `.output`.
  package static func remove(_ path: String) throws(OddityError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return }
    guard !isFolder.boolValue else {
      throw OddityError(
        .output,
        "\(path) is a folder, but Oddity writes a file of this name: move the folder away")
    }
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      throw OddityError(
        .output, "cannot delete \(path), which an earlier run wrote: delete it", underlying: error)
    }
  }

  /// Makes a folder and those above it, where they are not there yet.
  ///
  /// - Throws: ``OddityError`` `.output`.
  package static func create(_ path: String) throws(OddityError) {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw OddityError(
        .output, "cannot make the folder \(path): name another one with \(.output)", underlying: error)
    }
  }
}

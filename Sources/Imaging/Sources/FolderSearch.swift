import Foundation

/// Finds the image files below a folder.
enum FolderSearch {
  /// The identity of a folder on the disk, however it was reached.
  private struct Identity: Hashable {
    let device: dev_t
    let inode: ino_t
  }

  /// Relative paths of files with an image's extension, in byte order. Hidden files and folders are left out.
  /// Symbolic links are followed, but no folder is entered inside itself. If a folder below the root cannot
  /// be read, its path is included like that of an image that cannot be read.
  ///
  /// - Throws: `unreadable` for the folder itself.
  static func imagePaths(below root: String) throws(ImagingError) -> [String] {
    var paths: [String] = []
    try search(root, prefix: "", ancestors: [], into: &paths)
    return paths.sorted { FileName.precedes($0, $1) }
  }

  private static func search(
    _ folder: String, prefix: String, ancestors: Set<Identity>, into paths: inout [String]
  ) throws(ImagingError) {
    let (identity, entries) = try list(folder)
    guard !ancestors.contains(identity) else { return }
    for (name, type) in entries where name != "." && name != ".." && !name.hasHiddenComponent {
      let path = folder + "/" + name
      switch kind(type, of: path) {
      case S_IFDIR:
        do throws(ImagingError) {
          try search(path, prefix: prefix + name + "/", ancestors: ancestors.union([identity]), into: &paths)
        } catch {
          paths.append(prefix + name)
        }
      case S_IFREG where ImageFormat.hasImageExtension(name): paths.append(prefix + name)
      default: break
      }
    }
  }

  /// The names and types of the entries of a folder. The folder is closed before a folder in it is opened,
  /// because folders may be nested deeper than the number of files that a process may have open.
  private static func list(
    _ folder: String
  ) throws(ImagingError) -> (Identity, entries: [(name: String, type: Int32)]) {
    guard let stream = FileName.withCString(folder, opendir) else { throw FileBytes.unreadable(folder) }
    defer { closedir(stream) }
    var status = stat()
    guard fstat(dirfd(stream), &status) == 0 else { throw FileBytes.unreadable(folder) }
    var entries: [(name: String, type: Int32)] = []
    while true {
      // nil is the end of the list or an error, and only errno tells which.
      errno = 0
      guard let entry = readdir(stream) else {
        if errno != 0 { throw FileBytes.unreadable(folder) }
        break
      }
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        FileName.text(bytes.prefix { $0 != 0 })
      }
      entries.append((name, Int32(entry.pointee.d_type)))
    }
    return (Identity(device: status.st_dev, inode: status.st_ino), entries)
  }

  /// Dangling links count as files, so that reading them gives an error in their place.
  private static func kind(_ type: Int32, of path: String) -> mode_t? {
    switch type {
    case Int32(DT_REG): S_IFREG
    case Int32(DT_DIR): S_IFDIR
    case Int32(DT_LNK), Int32(DT_UNKNOWN): FileKind.mode(of: path) ?? S_IFREG
    default: nil
    }
  }
}

/// A folder, searched in depth for files with an image's extension, in byte order of the relative path.
struct FolderSource: ImageSource {
  let description: String
  let items: [ImageItem]
  private let root: String

  /// - Throws: `unreadable`, or `noImages`.
  init(_ path: String) throws(ImagingError) {
    description = path
    var root = path
    while root.utf8.count > 1, root.utf8.last == UInt8(ascii: "/") {
      root = String(Substring(root.utf8.dropLast()))
    }
    let prefix = root == "/" ? "" : root
    let paths = try FolderSearch.imagePaths(below: root)
    guard !paths.isEmpty else {
      throw ImagingError(
        .noImages,
        "'\(path)' holds no images (files ending in \(ImageFormat.extensions.sorted().joined(separator: ", ")))"
      )
    }
    self.root = prefix
    items = paths.map { ImageItem(path: $0, in: prefix) }
  }

  func reader(selecting indices: [Int]?) -> any ImageReader {
    IndexedReader(selection(indices)) { .success(.file(items[$0].location)) }
  }
}

/// A folder, searched in depth for files with an image's extension, in byte order of the relative path.
struct FolderSource: ImageSource {
  let description: String
  let items: [ImageItem]
  private let root: String

  /// - Throws: `unreadable`, or `noImages`.
  init(_ path: String) throws(ImagingError) {
    description = path
    var root = path
    while root.count > 1, root.hasSuffix("/") { root.removeLast() }
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
    IndexedReader(selection(indices)) { .success(.file(items[$0].name)) }
  }
}

/// Image files named one by one: a single image, or a list of paths.
struct FileListSource: ImageSource {
  let description: String
  let items: [ImageItem]

  init(_ items: [ImageItem], description: String) {
    (self.items, self.description) = (items, description)
  }

  /// One image; its path relative to its source is its file name.
  init(image path: String) {
    description = path
    items = [ImageItem(path: path.lastPathComponent, name: path)]
  }

  /// The paths on the lines of a text, relative to the current folder. Blank lines are skipped.
  ///
  /// - Throws: `noImages`.
  init(lines: [UInt8], description: String) throws(ImagingError) {
    self.description = description
    let text = String(decoding: lines, as: UTF8.self)
    items = text.split(whereSeparator: \.isNewline).map(String.init)
      .filter { !$0.allSatisfy(\.isWhitespace) }
      .map { ImageItem(path: $0, name: $0) }
    guard !items.isEmpty else {
      throw ImagingError(.noImages, "'\(description)' lists no images; give one path a line")
    }
  }

  func reader(selecting indices: [Int]?) -> any ImageReader {
    IndexedReader(selection(indices)) { .success(.file(items[$0].name)) }
  }
}

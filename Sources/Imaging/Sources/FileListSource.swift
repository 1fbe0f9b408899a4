/// Image files on disk: a single image, a list of paths, or the images in a folder.
struct FileListSource: ImageSource {
  let description: String
  let items: [ImageItem]
  /// The items that cannot be read, with the reasons.
  private(set) var failures: [Int: ImagingError] = [:]

  func reader(selecting indices: [Int]?) -> any ImageReader {
    IndexedReader(selection(indices)) { (index) throws(ImagingError) in
      if let failure = failures[index] { throw failure }
      return .file(items[index].location)
    }
  }
}

extension FileListSource {
  /// One image. Its path relative to its source is its file name.
  init(image path: String) {
    self.init(description: path, items: [ImageItem(path: path.lastNameComponent, name: path)])
  }

  /// A source that cannot be opened, as one image that cannot be read.
  init(failed path: String, _ error: ImagingError) {
    self.init(image: path)
    failures = [0: error]
  }

  /// The paths on the lines of a text, relative to the current folder. If the text has zero bytes, they
  /// separate the paths instead (`find -print0`). Blank lines are skipped. A line may have the index of a
  /// class after the path (``LabelledList``).
  ///
  /// - Throws: `noImages`; `badSource` if the text is neither UTF-8 nor UTF-16.
  init(list: [UInt8], description: String) throws(ImagingError) {
    let lines = try TextFile.paths(list, name: description).map(FileName.text)
    guard let labelled = try LabelledList(lines, name: description) else {
      self.init(description: description, items: lines.map { ImageItem(path: $0, name: $0) })
      guard !items.isEmpty else {
        throw ImagingError(.noImages, "'\(description)' lists no images; give one path a line")
      }
      return
    }
    let root =
      description.utf8.first == UInt8(ascii: "@") ? labelled.root(of: String(description.dropFirst())) : ""
    self.init(
      description: description,
      items: labelled.entries.map {
        ImageItem(path: $0.path, name: root + $0.path, labelIndex: $0.labelIndex)
      })
  }

  /// The files with an image's extension in a folder, at any depth, in byte order of the relative path.
  ///
  /// - Throws: `unreadable`, or `noImages`.
  init(folder path: String) throws(ImagingError) {
    var root = path
    while root.utf8.count > 1, root.utf8.last == UInt8(ascii: "/") {
      root = String(Substring(root.utf8.dropLast()))
    }
    let prefix = root == "/" ? "" : root
    let paths = try FolderSearch.imagePaths(below: root)
    self.init(description: path, items: paths.map { ImageItem(path: $0, in: prefix) })
    guard !items.isEmpty else {
      let extensions = ImageFormat.extensions.sorted().joined(separator: ", ")
      throw ImagingError(.noImages, "'\(path)' holds no images (files ending in \(extensions))")
    }
  }
}

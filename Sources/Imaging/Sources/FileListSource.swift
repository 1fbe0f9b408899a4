/// Image files named one by one: a single image, or a list of paths.
struct FileListSource: ImageSource {
  let description: String
  let items: [ImageItem]
  /// Items that cannot be read, and why.
  private(set) var failures: [Int: ImagingError] = [:]

  init(_ items: [ImageItem], failures: [Int: ImagingError], description: String) {
    (self.items, self.failures, self.description) = (items, failures, description)
  }

  /// One image; its path relative to its source is its file name.
  init(image path: String) {
    description = path
    items = [ImageItem(path: path.lastPathComponent, name: path)]
  }

  /// A source that cannot be opened, as one image that cannot be read.
  init(failed path: String, _ error: ImagingError) {
    self.init(image: path)
    failures = [0: error]
  }

  /// The paths on the lines of a text, relative to the current folder, or, where it has zero bytes, those between them (`find
  /// -print0`). Blank lines are skipped.
  ///
  /// - Throws: `noImages`; `badSource` where the text is no UTF-8 or UTF-16.
  init(list: [UInt8], description: String) throws(ImagingError) {
    self.description = description
    items = try TextFile.paths(list, name: description).map(FileName.text).map {
      ImageItem(path: $0, name: $0)
    }
    guard !items.isEmpty else {
      throw ImagingError(.noImages, "'\(description)' lists no images; give one path a line")
    }
  }

  func reader(selecting indices: [Int]?) -> any ImageReader {
    IndexedReader(selection(indices)) { index in
      failures[index].map { .failure($0) } ?? .success(.file(items[index].location))
    }
  }
}

/// A `.tar` or `.tar.gz` of images, in archive order; read as a stream, nothing is unpacked to disk.
struct TarSource: ImageSource {
  let description: String
  let items: [ImageItem]
  private let limits: ArchiveLimits
  /// For each item, which of the archive's files it is.
  private let ordinals: [Int]

  /// Lists the archive.
  ///
  /// - Throws: `noImages`, `archiveLimit`, `truncated`, `badSource`, `unreadable`.
  init(_ path: String, limits: ArchiveLimits) throws(ImagingError) {
    let archive = try ArchiveReader(path, format: .tar, limits: limits)
    var items: [ImageItem] = []
    var ordinals: [Int] = []
    var ordinal = 0
    while let name = try archive.nextFile() {
      if ImageFormat.hasImageExtension(name), !name.hasHiddenComponent {
        items.append(ImageItem(path: name, in: path))
        ordinals.append(ordinal)
      }
      ordinal += 1
    }
    guard !items.isEmpty else {
      throw ImagingError(.noImages, "'\(path)' holds no images; its \(ordinal) files have other extensions")
    }
    (description, self.limits, self.items, self.ordinals) = (path, limits, items, ordinals)
  }

  func reader(selecting indices: [Int]?) throws(ImagingError) -> any ImageReader {
    TarReader(
      archive: try ArchiveReader(description, format: .tar, limits: limits), items: items, ordinals: ordinals,
      selection: selection(indices))
  }
}

private final class TarReader: ImageReader {
  private let archive: ArchiveReader
  private let items: [ImageItem]
  private let ordinals: [Int]
  private var remaining: ArraySlice<Int>
  private var ordinal = -1

  init(archive: ArchiveReader, items: [ImageItem], ordinals: [Int], selection: [Int]) {
    (self.archive, self.items, self.ordinals, remaining) = (archive, items, ordinals, selection[...])
  }

  func next() throws(ImagingError) -> (index: Int, payload: Result<EncodedImage, ImagingError>)? {
    guard let index = remaining.popFirst() else { return nil }
    let item = items[index]
    var name: String?
    while ordinal < ordinals[index] {
      name = try archive.nextFile()
      ordinal += 1
    }
    guard name == item.path else {
      throw ImagingError(
        .badSource, "'\(item.name)' is no longer there: the archive changed while it was read")
    }
    do throws(ImagingError) {
      let bytes = try archive.readEntry(named: item.name, maximum: FileBytes.maximumImageBytes)
      return (index, .success(.bytes(bytes, name: item.name)))
    } catch  where error.code == .tooLarge {
      return (index, .failure(error))
    }
  }
}

/// A zip archive of images, in the order of its directory.
struct ZipSource: ImageSource {
  let description: String
  private let archive: ZipFile
  private let limits: ArchiveLimits
  private let listing: ArchiveListing

  /// - Throws: `noImages`, `archiveLimit`, `truncated`, `badSource`, `unreadable`; `unsupported` for an encrypted archive.
  init(_ path: String, limits: ArchiveLimits) throws(ImagingError) {
    let archive = try ZipFile(OpenFile(path), limits: limits)
    var tree = ArchiveTree(path, limits: limits, isImage: ImageFormat.hasImageExtension)
    for entry in archive.entries {
      tree.add(
        ArchiveMember(name: entry.name, content: try Self.content(of: entry, in: archive, limits: limits)))
    }
    (description, self.archive, self.limits) = (path, archive, limits)
    listing = try ArchiveListing(tree)
    try check(path)
  }

  var items: [ImageItem] { listing.items }

  /// The longest path that a link may hold.
  private static let maximumLink = 1 << 16

  private static func content(
    of entry: ZipFile.Entry, in archive: ZipFile, limits: ArchiveLimits
  ) throws(ImagingError) -> ArchiveMember.Content {
    guard entry.isSymbolicLink else { return entry.isFolder ? .folder : .file }
    return .symbolicLink(
      to: FileName.text(try archive.content(entry, maximum: maximumLink, limits: limits)))
  }

  /// Refuses an archive at once if it cannot be unpacked here.
  private func check(_ path: String) throws(ImagingError) {
    let entries = listing.members.filter { $0 >= 0 }.map { archive.entries[$0] }
    if let secret = entries.first(where: \.isEncrypted) {
      throw .unsupported(
        "'\(path)' is an encrypted zip archive ('\(secret.name)'); unpack it with its password")
    }
    // The sum of many 63-bit sizes may overflow.
    func sum(_ size: KeyPath<ZipFile.Entry, Int>) -> Int {
      Int(clamping: entries.reduce(Int128(0)) { $0 + Int128($1[keyPath: size]) })
    }
    try limits.check(unpacked: sum(\.size), packed: sum(\.packedSize), of: path)
  }

  func reader(selecting indices: [Int]?) -> any ImageReader {
    IndexedReader(selection(indices)) { (index) throws(ImagingError) in
      if let failure = listing.failures[index] { throw failure }
      let bytes = try archive.content(
        archive.entries[listing.members[index]], maximum: FileBytes.maximumImageBytes, limits: limits)
      return .bytes(bytes, name: items[index].location)
    }
  }
}

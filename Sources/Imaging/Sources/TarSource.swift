/// A tar of images, compressed or not, in archive order. It is read as a stream, and only the content behind
/// links is unpacked to disk.
struct TarSource: ImageSource {
  let description: String
  private let limits: ArchiveLimits
  fileprivate let listing: ArchiveListing

  /// Lists the archive.
  ///
  /// - Throws: `noImages`, `archiveLimit`, `truncated`, `badSource`, `unreadable`.
  init(_ path: String, limits: ArchiveLimits) throws(ImagingError) {
    (description, self.limits) = (path, limits)
    let archive = try ArchiveReader(OpenFile(path), limits: limits)
    var tree = ArchiveTree(path, limits: limits, isImage: ImageFormat.hasImageExtension)
    while let member = try archive.nextMember() { tree.add(member) }
    listing = try ArchiveListing(tree)
  }

  var items: [ImageItem] { listing.items }

  fileprivate func archive() throws(ImagingError) -> ArchiveReader {
    try ArchiveReader(OpenFile(description), limits: limits)
  }

  func reader(selecting indices: [Int]?) throws(ImagingError) -> any ImageReader {
    try TarReader(self, selection(indices))
  }
}

/// The content of members that links refer to. It may come much earlier or later in the archive than the
/// link, so it is stored in a nameless temporary file.
private struct LinkedContents {
  private let file: OpenFile
  private var places: [Int: Result<Range<Int>, ImagingError>] = [:]

  init(_ archive: ArchiveReader, members: [Int], of name: String) throws(ImagingError) {
    var wanted = Set(members)
    var places: [Int: Result<Range<Int>, ImagingError>] = [:]
    file = try OpenFile(temporaryFor: name) { (write) throws(ImagingError) in
      var (ordinal, end) = (0, 0)
      while !wanted.isEmpty, let member = try archive.nextMember() {
        if wanted.remove(ordinal) != nil {
          do throws(ImagingError) {
            let bytes = try archive.readEntry(
              named: "\(name)/\(member.name)", maximum: FileBytes.maximumImageBytes)
            try bytes.withUnsafeBufferPointer { buffer throws(ImagingError) in
              try write(UnsafeRawBufferPointer(buffer))
            }
            places[ordinal] = .success(end..<end + bytes.count)
            end += bytes.count
          } catch  where error.code == .tooLarge {
            places[ordinal] = .failure(error)
          }
        }
        ordinal += 1
      }
    }
    self.places = places
  }

  /// - Parameter member: one of the requested members.
  func content(_ member: Int, of name: String) throws(ImagingError) -> [UInt8] {
    guard let place = try places[member]?.get() else { throw .changedArchive(name) }
    return try file.read(count: place.count, at: place.lowerBound)
  }
}

private final class TarReader: ImageReader {
  private let listing: ArchiveListing
  private let archive: ArchiveReader
  private let links: LinkedContents?
  private var remaining: ArraySlice<Int>
  private var member = -1

  init(_ source: TarSource, _ selection: [Int]) throws(ImagingError) {
    (listing, remaining) = (source.listing, selection[...])
    let elsewhere = selection.filter(listing.linked.contains).map { source.listing.members[$0] }
    links =
      elsewhere.isEmpty
      ? nil : try LinkedContents(source.archive(), members: elsewhere, of: source.description)
    archive = try source.archive()
  }

  func next() throws(ImagingError) -> (index: Int, payload: Result<EncodedImage, ImagingError>)? {
    guard let index = remaining.popFirst() else { return nil }
    let (item, member) = (listing.items[index], listing.members[index])
    if let failure = listing.failures[index] { return (index, .failure(failure)) }
    do throws(ImagingError) {
      let bytes =
        if let links, listing.linked.contains(index) {
          try links.content(member, of: item.name)
        } else {
          try content(of: item, member: member)
        }
      return (index, .success(.bytes(bytes, name: item.location)))
    } catch  where error.code == .tooLarge {
      return (index, .failure(error))
    }
  }

  private func content(of item: ImageItem, member wanted: Int) throws(ImagingError) -> [UInt8] {
    var name: String?
    while member < wanted {
      name = try archive.nextMember()?.name
      member += 1
    }
    guard name == item.pathText else { throw .changedArchive(item.name) }
    return try archive.readEntry(named: item.name, maximum: FileBytes.maximumImageBytes)
  }
}

extension ImagingError {
  static func changedArchive(_ name: String) -> ImagingError {
    ImagingError.badSource("'\(name)' is no longer there: the archive changed while it was read")
  }
}

/// A tar of images in memory, compressed or not.
package enum TarBytes {
  /// All files by their names, in archive order, whatever their extensions. Hidden ones are left out, and
  /// links are followed.
  ///
  /// - Parameter name: the name of the archive in errors.
  /// - Throws: `tooLarge`, `archiveLimit`, `truncated`, `badSource`; `unreadable`, naming a link without a
  ///   target.
  package static func images(
    _ bytes: [UInt8], name: String, limits: ArchiveLimits
  ) throws(ImagingError) -> [EncodedImage] {
    let archive = try ArchiveReader(OpenFile(memory: bytes, name: name), limits: limits)
    var tree = ArchiveTree(name, limits: limits) { _ in true }
    var contents: [Int: [UInt8]] = [:]
    while let member = try archive.nextMember() {
      if member.content == .file {
        contents[tree.count] = try archive.readEntry(named: member.name, maximum: FileBytes.maximumImageBytes)
      }
      tree.add(member)
    }
    return try tree.images().map { (image) throws(ImagingError) in
      .bytes(contents[try image.content.get()] ?? [], name: FileName.shown(image.path))
    }
  }
}

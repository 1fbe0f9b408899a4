/// A tar of images, compressed or not, in archive order; read as a stream, nothing but the content of links is unpacked to disk.
struct TarSource: ImageSource {
  let description: String
  let items: [ImageItem]
  private let limits: ArchiveLimits
  /// For each item, which of the archive's members holds it.
  private let members: [Int]
  /// Items that another name in the archive holds.
  private let linked: Set<Int>
  /// Links that lead nowhere.
  private let failures: [Int: ImagingError]

  /// Lists the archive.
  ///
  /// - Throws: `noImages`, `archiveLimit`, `truncated`, `badSource`, `unreadable`.
  init(_ path: String, limits: ArchiveLimits) throws(ImagingError) {
    let archive = try Self.archive(path, limits: limits)
    var tree = ArchiveTree(path, limits: limits, isImage: ImageFormat.hasImageExtension)
    while let member = try archive.nextMember() { tree.add(member) }
    let listing = try ArchiveListing(tree, of: path)
    (description, self.limits) = (path, limits)
    (items, members, linked, failures) = (listing.items, listing.members, listing.linked, listing.failures)
  }

  fileprivate static func archive(_ path: String, limits: ArchiveLimits) throws(ImagingError) -> ArchiveReader
  {
    try ArchiveReader(.file(OpenFile(path)), limits: limits)
  }

  func reader(selecting indices: [Int]?) throws(ImagingError) -> any ImageReader {
    let selection = selection(indices)
    let elsewhere = selection.filter(linked.contains).map { members[$0] }
    let links =
      try elsewhere.isEmpty
      ? nil
      : LinkedContents(
        Self.archive(description, limits: limits), members: elsewhere, of: description)
    return TarReader(
      archive: try Self.archive(description, limits: limits), items: items, members: members, links: links,
      linked: linked, failures: failures, selection: selection)
  }
}

/// The content of members that links stand for: it may come much earlier or later in the archive than the link, so it waits in a
/// nameless temporary file.
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
            try bytes.withBuffer(write)
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

  /// - Parameter member: one of those that were asked for.
  func content(_ member: Int, of name: String) throws(ImagingError) -> [UInt8] {
    guard let place = try places[member]?.get() else { throw .changedArchive(name) }
    return try file.read(count: place.count, at: place.lowerBound)
  }
}

private final class TarReader: ImageReader {
  private let archive: ArchiveReader
  private let items: [ImageItem]
  private let members: [Int]
  private let links: LinkedContents?
  private let linked: Set<Int>
  private let failures: [Int: ImagingError]
  private var remaining: ArraySlice<Int>
  private var member = -1

  init(
    archive: ArchiveReader, items: [ImageItem], members: [Int], links: LinkedContents?, linked: Set<Int>,
    failures: [Int: ImagingError], selection: [Int]
  ) {
    (self.archive, self.items, self.members, remaining) = (archive, items, members, selection[...])
    (self.links, self.linked, self.failures) = (links, linked, failures)
  }

  func next() throws(ImagingError) -> (index: Int, payload: Result<EncodedImage, ImagingError>)? {
    guard let index = remaining.popFirst() else { return nil }
    let item = items[index]
    if let failure = failures[index] { return (index, .failure(failure)) }
    do throws(ImagingError) {
      let bytes =
        if let links, linked.contains(index) {
          try links.content(members[index], of: item.name)
        } else {
          try content(of: item, member: members[index])
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

extension [UInt8] {
  /// Passes on the bytes; the standard library's own function forgets the error's type.
  fileprivate func withBuffer(
    _ use: (UnsafeRawBufferPointer) throws(ImagingError) -> Void
  ) throws(ImagingError) {
    try withUnsafeBytes { buffer in
      Result { () throws(ImagingError) in try use(buffer) }
    }.get()
  }
}

extension ImagingError {
  static func changedArchive(_ name: String) -> ImagingError {
    ImagingError(.badSource, "'\(name)' is no longer there: the archive changed while it was read")
  }
}

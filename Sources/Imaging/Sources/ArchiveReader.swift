import CArchive
import Foundation

/// A file, folder or link in an archive.
struct ArchiveMember {
  enum Content: Equatable {
    case file, folder
    /// Another name of an earlier member.
    case hardLink(to: String)
    /// A path from the link's own folder.
    case symbolicLink(to: String)
  }

  /// Its name, without a leading "./".
  let name: String
  let content: Content
}

/// One pass over a tar with libarchive, within limits.
final class ArchiveReader {
  private let archive: Libarchive
  private let limits: ArchiveLimits
  /// The content of a compressed tar.
  private let stream: UnpackedStream?
  private var entries = 0
  /// The bytes of earlier entries, and of the current one, without holes.
  private var earlierBytes = 0
  private var entryBytes = 0

  /// - Parameter file: a tar, or a tar compressed with gzip, xz, bzip2 or zstd.
  /// - Throws: `badSource` or `truncated` if it cannot be opened; `decoderMissing`.
  init(_ file: OpenFile, limits: ArchiveLimits) throws(ImagingError) {
    archive = try Libarchive(file)
    self.limits = limits
    archive_read_support_format_tar(archive.handle)
    stream = try Compression(file.read(upTo: 16))?.stream(file, limits: limits)
    try archive.open(stream)
  }

  /// Advances to the next file, folder or link. Pipes and devices are skipped.
  ///
  /// - Returns: nil at the end. A compressed archive is then complete.
  /// - Throws: `archiveLimit`, `truncated`, `badSource`.
  func nextMember() throws(ImagingError) -> ArchiveMember? {
    while true {
      guard let entry = try archive.nextEntry() else {
        try stream?.drain()
        return nil
      }
      try count(entry)
      guard let name = archive_entry_pathname(entry), let content = content(of: entry) else { continue }
      return ArchiveMember(name: Self.text(name).withoutLeadingDot, content: content)
    }
  }

  /// nil for other kinds of entries.
  private func content(of entry: OpaquePointer) -> ArchiveMember.Content? {
    // Some archivers store the content again with every link.
    if let target = archive_entry_hardlink(entry), archive_entry_size(entry) == 0 {
      return .hardLink(to: Self.text(target).withoutLeadingDot)
    }
    switch archive_entry_filetype(entry) {
    case S_IFREG: return .file
    case S_IFDIR: return .folder
    case S_IFLNK: return archive_entry_symlink(entry).map { .symbolicLink(to: Self.text($0)) }
    default: return nil
    }
  }

  private static func text(_ name: UnsafePointer<CChar>) -> String {
    FileName.text(UnsafeRawBufferPointer(start: name, count: strlen(name)))
  }

  private func count(_ entry: OpaquePointer) throws(ImagingError) {
    entries += 1
    guard entries <= limits.maximumEntries else {
      throw ArchiveLimits.error(archive.file.name, "holds more than \(limits.maximumEntries) entries")
    }
    earlierBytes += entryBytes
    entryBytes = 0
    // It is 0 for an entry that does not state its size.
    guard archive_entry_size(entry) <= Int64(limits.maximumEntryBytes) else {
      throw ArchiveLimits.error(archive.file.name, "has an entry of \(archive_entry_size(entry)) bytes")
    }
    try checkSize()
  }

  /// The content of the current entry. Parts that a sparse entry does not store are zeros.
  ///
  /// - Throws: `tooLarge` above `maximum` bytes; `archiveLimit`, `truncated`, `badSource`.
  func readEntry(named name: String, maximum: Int) throws(ImagingError) -> [UInt8] {
    var bytes: [UInt8] = []
    while true {
      let (piece, offset) = try archive.nextPiece()
      entryBytes += piece?.count ?? 0
      try checkSize()
      guard offset + (piece?.count ?? 0) <= maximum else {
        throw .tooLarge("'\(name)' has more than \(maximum) bytes; at most so many are read")
      }
      // At the end of a sparse entry, the offset is the position of its end.
      if offset > bytes.count { bytes.append(contentsOf: repeatElement(0, count: offset - bytes.count)) }
      guard let piece else { return bytes }
      bytes.append(contentsOf: piece)
    }
  }

  private func checkSize() throws(ImagingError) {
    guard entryBytes <= limits.maximumEntryBytes, earlierBytes + entryBytes <= limits.maximumTotalBytes else {
      throw ArchiveLimits.error(archive.file.name, "unpacks to more than \(limits.maximumTotalBytes) bytes")
    }
    if stream == nil {
      try limits.check(
        unpacked: max(earlierBytes + entryBytes, Int(archive_filter_bytes(archive.handle, 0))),
        packed: archive.packedBytes, of: archive.file.name)
    }
  }
}

/// Limits for unpacking an archive. Beyond them, reading stops with an error.
package struct ArchiveLimits: Sendable, Equatable {
  package var maximumEntries = 20_000_000
  /// The most bytes of one unpacked entry.
  package var maximumEntryBytes = 64 << 30
  /// The most bytes of all unpacked entries together.
  package var maximumTotalBytes = 1 << 40
  /// The most unpacked bytes for each packed byte, after `ratioFreeBytes` were unpacked. Images hardly
  /// shrink. gzip can reach about 1,030.
  package var maximumInflation = 250
  package var ratioFreeBytes = 64 << 20

  package static let `default` = ArchiveLimits()

  /// - Throws: `archiveLimit`.
  func check(unpacked: Int, packed: Int, of name: String) throws(ImagingError) {
    guard unpacked > ratioFreeBytes else { return }
    guard unpacked / max(packed, 1) <= maximumInflation else {
      throw Self.error(name, "inflates more than \(maximumInflation)-fold")
    }
    guard unpacked <= maximumTotalBytes else {
      throw Self.error(name, "unpacks to more than \(maximumTotalBytes) bytes")
    }
  }

  static func error(_ name: String, _ what: String) -> ImagingError {
    ImagingError(
      .archiveLimit, "'\(name)' \(what), beyond what Oddity unpacks; unpack it yourself if you trust it")
  }
}

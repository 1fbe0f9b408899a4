/// What an archive may unpack to; beyond it, reading stops with an error.
public struct ArchiveLimits: Sendable, Equatable {
  public var maximumEntries: Int
  /// Of one entry, when unpacked.
  public var maximumEntryBytes: Int
  /// Of all entries together, when unpacked.
  public var maximumTotalBytes: Int
  /// Unpacked bytes for each packed byte, once more than `ratioFreeBytes` were unpacked. Images hardly
  /// shrink; gzip's utmost is about 1,030.
  public var maximumInflation: Int
  public var ratioFreeBytes: Int

  public static let `default` = ArchiveLimits()

  public init(
    maximumEntries: Int = 20_000_000, maximumEntryBytes: Int = 64 << 30, maximumTotalBytes: Int = 1 << 40,
    maximumInflation: Int = 250, ratioFreeBytes: Int = 64 << 20
  ) {
    self.maximumEntries = maximumEntries
    self.maximumEntryBytes = maximumEntryBytes
    self.maximumTotalBytes = maximumTotalBytes
    self.maximumInflation = maximumInflation
    self.ratioFreeBytes = ratioFreeBytes
  }

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

/// A `.tar` or `.tar.gz` of images that is in memory.
public enum TarBytes {
  /// All files, in archive order, whatever they are called; hidden ones are left out.
  ///
  /// - Parameter name: what errors call the archive.
  /// - Throws: `tooLarge`, `archiveLimit`, `truncated`, `badSource`.
  public static func images(
    _ bytes: [UInt8], name: String, limits: ArchiveLimits
  ) throws(ImagingError) -> [(name: String, image: EncodedImage)] {
    try ArchiveReader.withArchive(bytes, name: name, format: .tar, limits: limits) {
      archive throws(ImagingError) in
      var images: [(name: String, image: EncodedImage)] = []
      while let path = try archive.nextFile() {
        guard !path.hasHiddenComponent else { continue }
        let content = try archive.readEntry(named: path, maximum: FileBytes.maximumImageBytes)
        images.append((path, .bytes(content, name: path)))
      }
      return images
    }
  }
}

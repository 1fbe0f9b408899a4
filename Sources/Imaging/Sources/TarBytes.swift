/// A tar of images, packed or not, that is in memory.
public enum TarBytes {
  /// All files, in archive order, whatever they are called; hidden ones are left out. Links stand for what they lead to.
  ///
  /// - Parameter name: what errors call the archive.
  /// - Throws: `tooLarge`, `archiveLimit`, `truncated`, `badSource`; `unreadable` naming a link that leads nowhere.
  public static func images(
    _ bytes: [UInt8], name: String, limits: ArchiveLimits
  ) throws(ImagingError) -> [(name: String, image: EncodedImage)] {
    let archive = try ArchiveReader(.memory(bytes, name: name), limits: limits)
    var tree = ArchiveTree(name, limits: limits) { _ in true }
    var contents: [Int: [UInt8]] = [:]
    while let member = try archive.nextMember() {
      if member.content == .file {
        contents[tree.count] = try archive.readEntry(named: member.name, maximum: FileBytes.maximumImageBytes)
      }
      tree.add(member)
    }
    return try tree.images().map { (image) throws(ImagingError) in
      let path = FileName.shown(image.path)
      return (path, .bytes(contents[try image.content.get()] ?? [], name: path))
    }
  }
}

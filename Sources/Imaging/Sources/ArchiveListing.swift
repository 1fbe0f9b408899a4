/// What an archive's tree gives a source.
struct ArchiveListing {
  let items: [ImageItem]
  /// For each item, which of the archive's members holds it; -1 where none does.
  let members: [Int]
  let linked: Set<Int>
  let failures: [Int: ImagingError]

  /// - Throws: `noImages`, `archiveLimit`.
  init(_ tree: ArchiveTree, of path: String) throws(ImagingError) {
    let images = try tree.images()
    guard !images.isEmpty else {
      throw ImagingError(
        .noImages, "'\(path)' holds no images; its \(tree.files) files have other extensions")
    }
    items = images.map { ImageItem(path: $0.path, in: path) }
    var (members, linked, failures): ([Int], Set<Int>, [Int: ImagingError]) = ([], [], [:])
    for (index, image) in images.enumerated() {
      switch image.content {
      case .success(let member):
        members.append(member)
        if image.isLinked { linked.insert(index) }
      case .failure(let error):
        members.append(-1)
        failures[index] = error
      }
    }
    (self.members, self.linked) = (members, linked)
    self.failures = failures
  }
}

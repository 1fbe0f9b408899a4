/// The content of an archive as if it were unpacked to a folder: of members with the same name the last
/// counts, and links are followed.
struct ArchiveTree {
  /// An image with the name that it would have in the folder.
  struct Image {
    let path: String
    /// The index of the archive's member that holds its content, or why there is none.
    let content: Result<Int, ImagingError>
    /// Whether the member holds it under another name.
    let isLinked: Bool
  }

  private typealias Candidate = (path: String, member: Int)

  private struct Link {
    let path: String
    /// The target as stored in the archive.
    let target: String
    let isHard: Bool
    /// The member that a hard link refers to; nil if no earlier member has the name.
    var member: Int?
  }

  /// The target of a path.
  private enum Place {
    case file(Int)
    case folder([Substring])
    case nowhere(why: String)

    static let missing = nowhere(why: "which is not in the archive")
  }

  let archive: String
  private let limits: ArchiveLimits
  /// Whether a file of this name counts as an image.
  private let isImage: (String) -> Bool
  /// Links, and files that may be images, in the archive's order.
  private var candidates: [Candidate] = []
  private var links: [Int: Link] = [:]
  /// All members by the hash of their normalised paths, because a link may lead to any of them.
  private var members: [UInt64: Int] = [:]
  /// Folders by the same hash.
  private var folders: Set<UInt64> = []
  /// The folder of the last member, because the next one is mostly in the same folder.
  private var lastFolder: [Substring]?
  /// The number of members, and of those that are not folders.
  private(set) var (count, files) = (0, 0)

  /// - Parameter archive: the name of the archive in messages.
  init(_ archive: String, limits: ArchiveLimits, isImage: @escaping (String) -> Bool) {
    (self.archive, self.limits, self.isImage) = (archive, limits, isImage)
  }

  /// Adds the next member.
  mutating func add(_ member: ArchiveMember) {
    defer { count += 1 }
    switch member.content {
    case .folder: return add(folder: member.name.nameComponents)
    case .file: if isImage(member.name) { candidates.append((member.name, count)) }
    case .hardLink(let target):
      add(Link(path: member.name, target: target, isHard: true, member: members[Self.key(target)]))
    case .symbolicLink(let target):
      add(Link(path: member.name, target: target, isHard: false))
    }
    add(folder: member.name.nameComponents.dropLast())
    members[Self.key(member.name)] = count
    files += 1
  }

  private mutating func add(folder: [Substring]) {
    guard folder != lastFolder else { return }
    lastFolder = folder
    for depth in 0...folder.count { folders.insert(Self.key(Array(folder.prefix(depth)))) }
  }

  private mutating func add(_ link: Link) {
    links[count] = link
    candidates.append((link.path, count))
  }

  private static func key(_ components: [Substring]) -> UInt64 {
    FNV1a.hash(components.joined(separator: "/"))
  }
  private static func key(_ path: String) -> UInt64 { FNV1a.hash(path.normalisedPath) }

  /// The images in the archive's order. Those of a linked folder are in the place of the link. Hidden images
  /// are left out.
  ///
  /// - Throws: `archiveLimit` if links multiply them beyond the limit of entries.
  func images() throws(ImagingError) -> [Image] {
    let current = candidates.filter { members[Self.key($0.path)] == $0.member }
    var walk = Walk(below: links.isEmpty ? [:] : Self.byFolder(current))
    for candidate in current where !candidate.path.hasHiddenComponent {
      try append(candidate, as: candidate.path, ancestors: [], to: &walk)
    }
    return walk.images
  }

  /// The images found so far, and how often a linked folder was entered.
  private struct Walk {
    /// Candidates by the folders that contain them.
    let below: [String: [Candidate]]
    var images: [Image] = []
    var entered = 0
  }

  private static func byFolder(_ candidates: [Candidate]) -> [String: [Candidate]] {
    var below: [String: [Candidate]] = [:]
    for candidate in candidates {
      for folder in ancestors(of: candidate.path) { below[folder, default: []].append(candidate) }
    }
    return below
  }

  /// Links to folders that contain such links could multiply without end.
  private static let maximumFolders = 20_000

  private func append(
    _ candidate: Candidate, as path: String, ancestors: [String], to walk: inout Walk
  ) throws(ImagingError) {
    guard walk.images.count < limits.maximumEntries, walk.entered < Self.maximumFolders else {
      throw ArchiveLimits.error(archive, "has links that repeat its images too often")
    }
    guard let link = links[candidate.member] else {
      let isLinked = path != candidate.path
      return walk.images.append(Image(path: path, content: .success(candidate.member), isLinked: isLinked))
    }
    var traversals = 0
    switch place(of: candidate.member, &traversals) {
    case .file(let member):
      if isImage(path) {
        walk.images.append(Image(path: path, content: .success(member), isLinked: true))
      }
    case .folder(let folder):
      // As in a folder search, no folder is entered inside itself.
      let inside = ancestors + Self.ancestors(of: link.path)
      let prefix = folder.joined(separator: "/")
      guard !inside.contains(prefix) else { return }
      walk.entered += 1
      for member in walk.below[prefix] ?? [] {
        let rest = member.path.nameComponents.dropFirst(folder.count).joined(separator: "/")
        guard !rest.hasHiddenComponent else { continue }
        try append(member, as: path + "/" + rest, ancestors: inside + [prefix], to: &walk)
      }
    case .nowhere(let why):
      // It is a failure if the link may stand for an image or for a folder of images.
      guard isImage(path) || !path.lastNameComponent.utf8.contains(UInt8(ascii: ".")) else { return }
      let error = ImagingError(
        .unreadable,
        "'\(archive)/\(path)' is a link to '\(link.target)', \(why); pack the file itself instead of the "
          + "link (tar --dereference)"
      )
      walk.images.append(Image(path: path, content: .failure(error), isLinked: true))
    }
  }

  /// The folders that contain a path, "" for the archive itself.
  private static func ancestors(of path: String) -> [String] {
    let folders = path.nameComponents.dropLast()
    return (0...folders.count).map { folders.prefix($0).joined(separator: "/") }
  }

  /// Linux also follows this many links on the way to one file.
  private static let maximumTraversals = 40

  private func place(of member: Int, _ traversals: inout Int) -> Place {
    guard let link = links[member] else { return .file(member) }
    traversals += 1
    guard traversals <= Self.maximumTraversals else { return .nowhere(why: "which leads back to itself") }
    if link.isHard { return link.member.map { place(of: $0, &traversals) } ?? .missing }
    let isAbsolute = link.target.utf8.first == UInt8(ascii: "/")
    let folder = isAbsolute ? [""] : Array(link.path.nameComponents.dropLast())
    return follow(link.target, from: folder, &traversals)
  }

  /// Follows the path component by component, because each may be a link to a folder.
  private func follow(_ path: String, from folder: [Substring], _ traversals: inout Int) -> Place {
    var current = folder
    let steps = path.utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) }
    for (position, step) in steps.enumerated() where step != "." {
      if step == ".." {
        if let last = current.last, last != "..", last != "" {
          current.removeLast()
        } else {
          current.append(step)
        }
        continue
      }
      current.append(step)
      guard let member = members[Self.key(current)] else { continue }
      switch place(of: member, &traversals) {
      case .folder(let folder): current = folder
      case .file(let file): return position == steps.count - 1 ? .file(file) : .missing
      case let nowhere: return nowhere
      }
    }
    if folders.contains(Self.key(current)) { return .folder(current) }
    let isOutside = current.first == "" || current.first == ".."
    return isOutside ? .nowhere(why: "which leaves the archive") : .missing
  }
}

/// The items of a source, taken from the tree of an archive.
struct ArchiveListing {
  let items: [ImageItem]
  /// For each item, the index of the archive's member that holds it; -1 if there is none.
  let members: [Int]
  let linked: Set<Int>
  let failures: [Int: ImagingError]

  /// - Throws: `noImages`, `archiveLimit`.
  init(_ tree: ArchiveTree) throws(ImagingError) {
    let images = try tree.images()
    guard !images.isEmpty else {
      throw ImagingError(
        .noImages,
        "'\(tree.archive)' holds no images; none of its \(tree.files) files has the extension of an image")
    }
    items = images.map { ImageItem(path: $0.path, in: tree.archive) }
    members = images.map { (try? $0.content.get()) ?? -1 }
    linked = Set(images.indices.filter { images[$0].isLinked })
    var failures: [Int: ImagingError] = [:]
    for (index, image) in images.enumerated() {
      if case .failure(let error) = image.content { failures[index] = error }
    }
    self.failures = failures
  }
}

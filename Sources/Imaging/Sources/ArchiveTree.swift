/// What an archive would be as a folder: of members with one name the last counts, and links are followed.
struct ArchiveTree {
  /// An image by the name under which the folder would have it.
  struct Image {
    let path: String
    /// Which of the archive's members holds its content, counted from 0; or why none does.
    let content: Result<Int, ImagingError>
    /// Whether the member holds it under another name.
    let isLinked: Bool
  }

  private struct Candidate {
    let path: String
    let member: Int
  }

  private struct Link {
    enum Target {
      /// Nil where no earlier member has the name.
      case member(Int?)
      case path(String)
    }

    let path: String
    /// As the archive has it.
    let written: String
    let target: Target
  }

  /// What a path leads to.
  private enum Place {
    case file(Int)
    case folder([Substring])
    case missing, outside, loop
  }

  let archive: String
  private let limits: ArchiveLimits
  /// Whether a file of this name is taken for an image.
  private let isImage: (String) -> Bool
  /// Links, and files that may be images, in the archive's order.
  private var candidates: [Candidate] = []
  private var links: [Int: Link] = [:]
  /// Members by the hash of their normalised paths; all of them, since a link may lead to any.
  private var members: [UInt64: Int] = [:]
  /// Folders with a candidate below them, by the same hash; gathered when a link needs them.
  private var folders: Set<UInt64> = []
  /// How many members there are.
  private(set) var count = 0

  /// - Parameter archive: What messages call it.
  init(_ archive: String, limits: ArchiveLimits, isImage: @escaping (String) -> Bool) {
    (self.archive, self.limits, self.isImage) = (archive, limits, isImage)
  }

  /// Adds the next member.
  mutating func add(_ member: ArchiveMember) {
    switch member.content {
    case .file: if isImage(member.name) { candidates.append(Candidate(path: member.name, member: count)) }
    case .hardLink(let target):
      add(Link(path: member.name, written: target, target: .member(members[Self.key(target)])))
    case .symbolicLink(let target):
      add(Link(path: member.name, written: target, target: .path(target)))
    }
    members[Self.key(member.name)] = count
    count += 1
  }

  private mutating func add(_ link: Link) {
    links[count] = link
    candidates.append(Candidate(path: link.path, member: count))
  }

  private static func key(_ components: [Substring]) -> UInt64 {
    FNV1a.hash(components.joined(separator: "/"))
  }
  private static func key(_ path: String) -> UInt64 { FNV1a.hash(path.normalisedPath) }

  /// The images in the archive's order, those of a linked folder in the link's place. Hidden ones are left out.
  ///
  /// - Throws: `archiveLimit` where links multiply them beyond the limit of entries.
  mutating func images() throws(ImagingError) -> [Image] {
    var images: [Image] = []
    if !links.isEmpty { folders = Set(candidates.flatMap { Self.ancestors(of: $0.path).map(Self.key) }) }
    let current = candidates.filter { members[Self.key($0.path)] == $0.member }
    for candidate in current where !candidate.path.hasHiddenComponent {
      try append(candidate, as: candidate.path, of: current, ancestors: [], to: &images)
    }
    return images
  }

  private func append(
    _ candidate: Candidate, as path: String, of all: [Candidate], ancestors: [String],
    to images: inout [Image]
  ) throws(ImagingError) {
    guard images.count < limits.maximumEntries else {
      throw ArchiveLimits.error(archive, "has links to more than \(limits.maximumEntries) images")
    }
    guard let link = links[candidate.member] else {
      let isLinked = path != candidate.path
      return images.append(Image(path: path, content: .success(candidate.member), isLinked: isLinked))
    }
    switch place(of: candidate.member, depth: 0) {
    case .file(let member):
      if isImage(path) { images.append(Image(path: path, content: .success(member), isLinked: true)) }
    case .folder(let folder):
      // As in a folder, none is entered inside itself.
      let inside = ancestors + Self.ancestors(of: link.path)
      let prefix = folder.joined(separator: "/")
      guard !inside.contains(prefix) else { return }
      for member in all {
        guard let rest = Self.rest(of: member.path, below: folder), !rest.hasHiddenComponent else { continue }
        try append(member, as: path + "/" + rest, of: all, ancestors: inside + [prefix], to: &images)
      }
    case .missing: fail(path, link, "which is not in the archive", &images)
    case .outside: fail(path, link, "which leaves the archive", &images)
    case .loop: fail(path, link, "which leads back to itself", &images)
    }
  }

  /// A link to what nobody has is a failure where it may stand for an image or for a folder of them.
  private func fail(_ path: String, _ link: Link, _ why: String, _ images: inout [Image]) {
    guard isImage(path) || !path.lastPathComponent.utf8.contains(UInt8(ascii: ".")) else { return }
    let error = ImagingError(
      .unreadable,
      "'\(archive)/\(path)' is a link to '\(link.written)', \(why); pack what it stands for (tar --dereference)"
    )
    images.append(Image(path: path, content: .failure(error), isLinked: true))
  }

  /// The folders that a path lies in, "" for the archive itself.
  private static func ancestors(of path: String) -> [String] {
    let folders = path.pathComponents.dropLast()
    return (0...folders.count).map { folders.prefix($0).joined(separator: "/") }
  }

  /// What follows a folder's path in that of a member below it.
  private static func rest(of path: String, below folder: [Substring]) -> String? {
    let components = path.pathComponents
    guard components.count > folder.count, components.starts(with: folder) else { return nil }
    return components.dropFirst(folder.count).joined(separator: "/")
  }

  private static let maximumDepth = 40

  private func place(of member: Int, depth: Int) -> Place {
    guard depth < Self.maximumDepth else { return .loop }
    guard let link = links[member] else { return .file(member) }
    switch link.target {
    case .member(let target): return target.map { place(of: $0, depth: depth + 1) } ?? .missing
    case .path(let target):
      let isAbsolute = target.utf8.first == UInt8(ascii: "/")
      let folder = isAbsolute ? [""] : Array(link.path.pathComponents.dropLast())
      return follow(target, from: folder, depth: depth)
    }
  }

  /// Component by component, since each may be a link to a folder.
  private func follow(_ path: String, from folder: [Substring], depth: Int) -> Place {
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
      switch place(of: member, depth: depth + 1) {
      case .folder(let folder): current = folder
      case .file(let file): return position == steps.count - 1 ? .file(file) : .missing
      case let nowhere: return nowhere
      }
    }
    if isFolder(current) { return .folder(current) }
    return current.first == "" || current.first == ".." ? .outside : .missing
  }

  private func isFolder(_ folder: [Substring]) -> Bool { folders.contains(Self.key(folder)) }
}

/// A list with the index of a class after each image, as in OpenOOD's splits: `cifar10/test/cat/0001.png 3`.
/// An index below zero, which OpenOOD gives to OOD images, means no class.
struct LabelledList {
  struct Entry: Equatable {
    let path: String
    let labelIndex: Int?
  }

  let entries: [Entry]

  /// - Parameter lines: the lines of a list, in the form of ``FileName``.
  /// - Returns: nil if most lines are not an image's name with a number after it. A plain path ends with an
  ///   image's extension.
  /// - Throws: `badSource`, naming the first line without a number, if most lines have one.
  init?(_ lines: [String], name: String) throws(ImagingError) {
    let entries = lines.map(Entry.init)
    let found = entries.compactMap { $0 }
    guard 2 * found.count > lines.count else { return nil }
    if let odd = entries.firstIndex(where: { $0 == nil }) {
      throw ImagingError(
        .badSource,
        "'\(name)' has no class in the line '\(lines[odd].prefix(200))', although other lines have one: put "
          + "a number after the path, or -1 if the class is unknown"
      )
    }
    self.entries = found
  }

  /// The folder to which paths are relative. It is the current folder if an image of the list exists there.
  /// Otherwise it is the first of OpenOOD's image folders that contains one; these are next to the folder
  /// `benchmark_imglist` that contains the list.
  ///
  /// - Parameter list: the list's path.
  /// - Returns: a folder with a slash at its end; empty for the current folder, and if none of the first
  ///   images is found.
  func root(of list: String) -> String {
    let components = list.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let paths = entries.prefix(Self.triedPaths).map(\.path)
    guard paths.allSatisfy({ !$0.utf8.starts(with: "/".utf8) && FileKind.mode(of: $0) == nil }),
      let place = components.lastIndex(where: { $0.elementsEqual("benchmark_imglist".utf8) })
    else { return "" }
    let above = components[..<place].map { String(Substring($0)) + "/" }.joined()
    return Self.imageFolders.map { above + $0 + "/" }.first { folder in
      paths.contains { FileKind.mode(of: folder + $0) != nil }
    } ?? ""
  }

  /// How many images are looked for, because the first may be missing.
  private static let triedPaths = 20
  private static let imageFolders = ["images_classic", "images_largescale", "images_medical"]
}

extension LabelledList.Entry {
  /// nil if the line is not an image's name with a number after it.
  fileprivate init?(_ line: String) {
    var line = line[...]
    while line.last == " " || line.last == "\t" { line.removeLast() }
    let text = line.utf8
    guard let space = text.lastIndex(where: { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }),
      let index = Int(line[text.index(after: space)...])
    else { return nil }
    var path = line[..<space]
    while path.last == " " || path.last == "\t" { path.removeLast() }
    guard ImageFormat.hasImageExtension(String(path)) else { return nil }
    self.init(path: String(path), labelIndex: index < 0 ? nil : index)
  }
}

/// A list that has the index of its class beside each image, as OpenOOD keeps its splits: `cifar10/test/cat/0001.png 3`. An index below
/// zero, which OpenOOD gives to OOD images, is none.
struct LabelledList {
  struct Entry: Equatable {
    let path: String
    let labelIndex: Int?
  }

  let entries: [Entry]

  /// - Parameter lines: of a list, as ``FileName`` keeps them.
  /// - Returns: nil unless every line is an image's name and a number. A plain path ends in an image's extension.
  init?(_ lines: [String]) {
    var entries: [Entry] = []
    for line in lines {
      let text = line.utf8
      guard let space = text.lastIndex(where: { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }),
        let index = Int(line[text.index(after: space)...])
      else { return nil }
      var path = line[..<space]
      while path.last == " " || path.last == "\t" { path.removeLast() }
      guard ImageFormat.hasImageExtension(String(path)) else { return nil }
      entries.append(Entry(path: String(path), labelIndex: index < 0 ? nil : index))
    }
    guard !entries.isEmpty else { return nil }
    self.entries = entries
  }

  /// Where the paths begin: the current folder, or else the first folder of images beside a folder `benchmark_imglist` of the list's own
  /// path, which is how OpenOOD lays its data out.
  ///
  /// - Parameter list: the list's path.
  /// - Returns: a folder with a slash at its end; nothing for the current folder, also where the first image is nowhere.
  func root(of list: String) -> String {
    let components = list.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard let first = entries.first?.path, !first.utf8.starts(with: "/".utf8),
      FileKind.mode(of: first) == nil,
      let place = components.lastIndex(where: { $0.elementsEqual("benchmark_imglist".utf8) })
    else { return "" }
    let above = components[..<place].map { String(Substring($0)) + "/" }.joined()
    return Self.imageFolders.map { above + $0 + "/" }.first { FileKind.mode(of: $0 + first) != nil } ?? ""
  }

  private static let imageFolders = ["images_classic", "images_largescale", "images_medical"]
}

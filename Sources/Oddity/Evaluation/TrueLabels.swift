import Imaging

/// Which class an image truly belongs to, as far as its source tells.
public struct TrueLabels: Sendable {
  private let classes: Int
  private let names: [String: Int]
  /// Class indices by path, from a file of `path,index` lines.
  let byPath: [String: Int]

  /// - Parameters:
  ///   - classes: how many classes the model has.
  ///   - names: the classes' names by index, where they are known.
  ///   - byPath: class indices by an image's path, for sources without class folders.
  public init(classes: Int, names: [String]?, byPath: [String: Int] = [:]) {
    self.classes = classes
    self.names = Dictionary(
      (names ?? []).enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    self.byPath = byPath
  }

  /// The true class of every item of a source, in order; `nil` where unknown.
  ///
  /// Stored labels come first, then `path,index` lines, then class folders: by the model's class names
  /// or, without names, by sorted order where there are as many folders as classes. Class folders may lie below others
  /// (`ClassFolders`).
  ///
  /// Where there is one class alone, no image is of another: the truth is then not known.
  ///
  /// - Throws: ``OddityError`` `.badData` naming a label outside the classes, or where the `path,index` lines
  ///   list none of the images.
  public func truth(of source: any ImageSource) throws(OddityError) -> [Int?] {
    guard classes > 1 else { return source.items.map { _ in nil } }
    let folders = try ClassFolders(source, names: names, classes: classes)
    try checkPaths(against: source)
    var truth: [Int?] = []
    for item in source.items {
      let index = item.labelIndex ?? listedIndex(item) ?? folders.index(of: item)
      if let index, !(0..<classes).contains(index) {
        throw OddityError(
          .badData,
          "\(item.name) has label \(index), but the model has \(classes) classes (0 to \(classes - 1))")
      }
      truth.append(index)
    }
    return truth
  }

  /// By its path in the source, or the one by which a user can find it, in bytes or with the escapes of the results.
  private func listedIndex(_ item: ImageItem) -> Int? {
    byPath[item.path] ?? byPath[item.name] ?? byPath[FileName.shown(item.path)]
      ?? byPath[FileName.shown(item.name)]
  }

  /// A list that names not one of the images is a mistake, not a list of nothing.
  private func checkPaths(against source: any ImageSource) throws(OddityError) {
    guard !byPath.isEmpty, let first = source.items.first, source.items.allSatisfy({ listedIndex($0) == nil })
    else { return }
    throw OddityError(
      .badData,
      "the labels list none of the images of \(source.description): their paths are like '\(first.path)'")
  }
}

import Imaging
import OddityScores

/// The true classes of images, as far as their source tells them.
public struct TrueLabels: Sendable {
  private let classes: Int
  private let names: [String: Int]
  /// The indices of classes by path, from a file of `path,index` lines.
  let byPath: [String: Int]

  /// - Parameters:
  ///   - classes: the number of classes of the model.
  ///   - names: the names of the classes by index, if they are known.
  ///   - byPath: the indices of classes by the path of an image, for sources without class folders.
  public init(classes: Int, names: [String]?, byPath: [String: Int] = [:]) {
    self.classes = classes
    self.names = Dictionary(
      (names ?? []).enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    self.byPath = byPath
  }

  /// The true class of every item of a source, in order; `nil` if it is unknown.
  ///
  /// Stored labels have priority, then `path,index` lines, then class folders. Folders are matched with the
  /// model's class names. Without names they are taken in sorted order, if there are as many folders as
  /// classes. Class folders may be inside other folders (`ClassFolders`).
  ///
  /// If there is only one class, every image belongs to it. That says nothing, so the truth counts as
  /// unknown.
  ///
  /// - Throws: ``OddityError`` `.badData`, naming the label, if a label is not a class of the model, or if
  ///   the `path,index` lines list none of the images.
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

  /// The folders that are taken for classes by their order; nil if names tell the classes, or if nothing
  /// does.
  package func countedFolders(of source: any ImageSource) -> [String]? {
    guard classes > 1, names.isEmpty else { return nil }
    return try? ClassFolders(source, names: names, classes: classes).counted
  }

  /// A warning if folders look like classes, but not those of the classifier; nil if they match, or if there
  /// are none.
  ///
  /// - Throws: as ``truth(of:)``.
  public func mismatch(of source: any ImageSource) throws(OddityError) -> Warning? {
    guard classes > 1, byPath.isEmpty, source.items.allSatisfy({ $0.labelIndex == nil }) else { return nil }
    let folders = try ClassFolders(source, names: names, classes: classes).unmatched
    guard !folders.isEmpty else { return nil }
    let found = "accuracy is not measured on \(source.description): its folders are \(Self.list(folders))"
    guard !names.isEmpty else {
      return Warning(
        .truthUnknown,
        "\(found), which are \(folders.count), but the model has \(classes) classes; if the folders are classes, name all of the "
          + "model's with \(.labels)")
    }
    return Warning(
      .truthUnknown,
      "\(found), and the class names \(Self.list(orderedNames)): none match; if the folders are classes, pass names that are "
        + "spelt alike with \(.labels)")
  }

  /// A warning if each source seems to be the folder of one class, because the paths of images then lack the
  /// class name.
  package func mismatch(ofClassFolders sources: [any ImageSource]) -> Warning? {
    let paths = sources.map { $0.description.split(separator: "/").map(String.init) }
    let parents = Set(paths.map { Array($0.dropLast()) })
    guard classes > 1, byPath.isEmpty, sources.count > 1, parents.count == 1, let parent = parents.first
    else {
      return nil
    }
    let found = paths.compactMap(\.last)
    let areClasses = names.isEmpty ? found.count == classes : found.allSatisfy { names[$0] != nil }
    let root = sources[0].description.hasPrefix("/") ? "/" : ""
    let folder = parent.isEmpty && root.isEmpty ? "." : root + parent.joined(separator: "/")
    guard areClasses, sources.allSatisfy({ $0.items.allSatisfy { $0.labelIndex == nil && $0.folder == nil } })
    else { return nil }
    return Warning(
      .truthUnknown,
      "accuracy is not measured: the folders \(Self.list(found)) are passed one by one, so the paths of the "
        + "images do not tell their classes; pass \(folder), the folder that holds them")
  }

  private var orderedNames: [String] { names.sorted { $0.value < $1.value }.map(\.key) }

  /// The first few names.
  private static func list(_ names: [String]) -> String {
    names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", …" : "")
  }

  private func listedIndex(_ item: ImageItem) -> Int? {
    byPath.isEmpty ? nil : item.listedNames.lazy.compactMap { byPath[$0] }.first
  }

  /// Refuses a list that names none of the images, because it must be a mistake.
  private func checkPaths(against source: any ImageSource) throws(OddityError) {
    guard !byPath.isEmpty, let first = source.items.first, source.items.allSatisfy({ listedIndex($0) == nil })
    else { return }
    throw OddityError(
      .badData,
      "the labels list none of the images of \(source.description): their paths are like '\(first.path)'")
  }
}

extension ImageItem {
  /// The names that a list may use for an image: its path in the source, or the path by which a user can find
  /// it, as bytes or with the escapes of the results. A row of an array can also be named by the array's file
  /// without its folders.
  fileprivate var listedNames: [String] {
    let row = path.hasPrefix("#") ? name.split(separator: "/").last.map(String.init) : nil
    return [path, name, FileName.shown(path), FileName.shown(name)] + [row].compactMap { $0 }
  }
}

extension TrueLabels {
  /// A warning if lines of a `path,index` list name no image of the source; nil if all lines do.
  public func strayLines(in source: any ImageSource) -> Warning? {
    var stray = Set(byPath.keys)
    for item in source.items { stray.subtract(item.listedNames) }
    guard let first = stray.min() else { return nil }
    let lines = stray.count == 1 ? "1 line" : "\(stray.count) lines"
    return Warning(
      .truthUnknown,
      "\(lines) of the labels name no image of \(source.description), the first '\(first)'; leave them out, or correct their paths"
    )
  }
}

import Imaging
import OddityScores

/// The folders of a source that tell the class of each image.
///
/// Data sets are packed together with outer folders, and with several parts: `train/cat/1.png`. Class folders
/// are therefore looked for at every depth. All of them are at the same depth.
struct ClassFolders {
  /// The number of folder levels above the class folders.
  private let depth: Int
  private let indices: [String: Int]
  /// Folders that look like class folders but match no class; empty if there are none.
  let unmatched: [String]

  /// - Parameters:
  ///   - names: the indices of the classes by name; empty if names are unknown.
  /// - Throws: ``OddityError`` `.badData` if some folders are class names and one is not.
  init(_ source: any ImageSource, names: [String: Int], classes: Int) throws(OddityError) {
    let levels = Level.all(of: source.items)
    let shared = levels.prefix { $0.names.count == 1 && $0.images == source.items.count }.count
    // The first level at which not all images share a folder.
    let folders = (levels.dropFirst(shared).first?.names ?? []).sorted {
      $0.utf8.lexicographicallyPrecedes($1.utf8)
    }
    guard !names.isEmpty else {
      // Without names, only the number of folders can tell.
      let isWhole = folders.count == classes
      (depth, indices) = (shared, isWhole ? Dictionary(uniqueKeysWithValues: zip(folders, 0...)) : [:])
      unmatched = isWhole || folders.count < 2 ? [] : folders
      return
    }
    indices = names
    // Chooses the level with the most images, then the most folders, then the greatest depth. "train" may be
    // a class, and be above or below other levels.
    let known = levels.indices.filter { level in levels[level].names.allSatisfy { names[$0] != nil } }
    func rank(_ level: Int) -> (Int, Int, Int) { (levels[level].images, levels[level].names.count, level) }
    if let best = known.max(by: { rank($0) < rank($1) }) {
      (depth, unmatched) = (best, [])
      return
    }
    depth = shared
    unmatched = folders.count < 2 ? [] : folders
    guard folders.contains(where: { names[$0] != nil }),
      let stranger = folders.first(where: { names[$0] == nil })
    else { return }
    throw OddityError(
      .badData,
      "\(source.description) has a folder '\(stranger)', which is not a class name of the model: rename the "
        + "folder to its class, leave it out, or pass the right class names with \(.labels)")
  }

  /// The folders in the order of their classes; nil if there is not one folder for each class.
  var counted: [String]? {
    let ordered = indices.sorted { $0.value < $1.value }.map(\.key)
    return ordered.isEmpty ? nil : ordered
  }

  /// The class of the folder that contains an image.
  func index(of item: ImageItem) -> Int? {
    let folders = item.folders
    return depth < folders.count ? indices[folders[depth]] : nil
  }
}

/// The folders at one depth.
private struct Level {
  var names: Set<String> = []
  /// The number of images in folders of this level.
  var images = 0

  static func all(of items: [ImageItem]) -> [Level] {
    var levels: [Level] = []
    for item in items {
      for (depth, folder) in item.folders.enumerated() {
        if depth == levels.count { levels.append(Level()) }
        levels[depth].names.insert(folder)
        levels[depth].images += 1
      }
    }
    return levels
  }
}

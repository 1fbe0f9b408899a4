import Imaging
import OddityScores

/// The folders of a source that say which class an image is of.
///
/// Data sets are packed with the folder that they lay in, and with more than one part: `train/cat/1.png`. So class folders are
/// looked for at every depth, and all lie at the same one.
struct ClassFolders {
  /// How many folders lie above the class folders.
  private let depth: Int
  private let indices: [String: Int]
  /// Class folders, as it seems, that tell no class; empty where there are none.
  let unmatched: [String]

  /// - Parameters:
  ///   - names: the classes' indices by their names; empty where these are not known.
  /// - Throws: ``OddityError`` `.badData` where some of the folders are classes, and one is none.
  init(_ source: any ImageSource, names: [String: Int], classes: Int) throws(OddityError) {
    let levels = Level.all(of: source.items)
    let shared = levels.prefix { $0.names.count == 1 && $0.images == source.items.count }.count
    // The first that not all images share.
    let folders = (levels.dropFirst(shared).first?.names ?? []).sorted {
      $0.utf8.lexicographicallyPrecedes($1.utf8)
    }
    guard !names.isEmpty else {
      // Without names only their number tells.
      let isWhole = folders.count == classes
      (depth, indices) = (shared, isWhole ? Dictionary(uniqueKeysWithValues: zip(folders, 0...)) : [:])
      unmatched = isWhole || folders.count < 2 ? [] : folders
      return
    }
    indices = names
    // The most images, then the most folders, then the deepest: "train" may be a class, and lie above or below others.
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
      "\(source.description) has a folder '\(stranger)', which is none of the model's class names: call it as its class, leave it "
        + "out, or pass names that fit with \(.labels)")
  }

  /// All of them in the order of their classes; nil where there is not one for each.
  var counted: [String]? {
    let ordered = indices.sorted { $0.value < $1.value }.map(\.key)
    return ordered.isEmpty ? nil : ordered
  }

  /// The class of the folder that an image lies in.
  func index(of item: ImageItem) -> Int? {
    let folders = item.folders
    return depth < folders.count ? indices[folders[depth]] : nil
  }
}

/// What folders there are below so many others.
private struct Level {
  var names: Set<String> = []
  /// How many images lie in one.
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

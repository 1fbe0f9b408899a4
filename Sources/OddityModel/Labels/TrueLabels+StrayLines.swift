import OddityFiles
import Imaging

extension TrueLabels {
  /// What is to be said where lines of a list of `path,index` name no image of the source; nil where all do.
  public func strayLines(in source: any ImageSource) -> Warning? {
    var stray = Set(byPath.keys)
    for item in source.items {
      for text in [item.path, item.name] { stray.subtract([text, FileName.shown(text)]) }
      // A row of an array, by the array's file without its folders.
      if let row = item.name.split(separator: "/").last { stray.remove(String(row)) }
    }
    guard let first = stray.min() else { return nil }
    let lines = stray.count == 1 ? "1 line" : "\(stray.count) lines"
    return Warning(
      .truthUnknown,
      "\(lines) of the labels name no image of \(source.description), the first '\(first)'; leave them out, or correct their paths"
    )
  }
}

/// Which of the names that there are someone may have meant.
package enum NearestNames {
  /// Those that are the fewest changes of single characters away, at most one for each three characters and two in all.
  package static func of(_ text: String, among names: [String]) -> [String] {
    let limit = min(2, max(1, text.count / 3))
    let distances = names.map { (name: $0, distance: distance(text.lowercased(), $0.lowercased())) }
    guard let least = distances.map(\.distance).min(), least <= limit else { return [] }
    return distances.filter { $0.distance == least }.map(\.name)
  }

  /// Insertions, deletions, replacements and swaps of neighbours that make one text of another, where no part is changed
  /// twice (Damerau, 1964).
  package static func distance(_ first: String, _ second: String) -> Int {
    let (a, b) = (Array(first), Array(second))
    var before: [Int] = []
    var row = Array(0...b.count)
    for i in a.indices {
      var next = [i + 1]
      for j in b.indices {
        var least = min(row[j] + (a[i] == b[j] ? 0 : 1), row[j + 1] + 1, next[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, before[j - 1] + 1) }
        next.append(least)
      }
      (before, row) = (row, next)
    }
    return row[b.count]
  }
}

import Oddity

extension Jigsaw {
  /// Reads `jigsaw` or `jigsaw:GRID`.
  ///
  /// - Throws: `OddityError.usage` for any other kind of pseudo-OOD images, and for a grid that is none.
  init(parsing text: String) throws(OddityError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.first == "jigsaw" else {
      throw OddityError(
        .usage, "there are no pseudo-OOD images of the kind \"\(text)\": there is jigsaw, or jigsaw:GRID")
    }
    guard parts.count == 2 else {
      try self.init()
      return
    }
    guard let grid = Int(parts[1]) else {
      throw OddityError(.usage, "\"\(parts[1])\" is no grid: give the tiles on each side, as in jigsaw:3")
    }
    try self.init(grid: grid)
  }
}

/// Which classes are calibrated together: each for itself, and those with few images as one group.
///
/// It is decided on the fit part alone. Were it decided on the calibration images, p-values would no longer be valid.
package struct ClassGroups: Sendable, Equatable {
  /// The group of each class, [C]. Groups are numbered by their first class.
  package let ofClass: [Int]
  package let count: Int

  /// Groups classes by how many images of the fit part are predicted as each.
  ///
  /// A class is too small where the fit part has fewer than `smallest` of its images, or where the calibration images, if
  /// classes are as frequent among them, have fewer. Small classes form one group; while that is too small itself,
  /// the smallest other class joins it.
  ///
  /// - Parameters:
  ///   - fitCounts: images of the fit part predicted as each class, [C].
  ///   - calibrationSize: the number of calibration images.
  ///   - smallest: images that a group needs so that anything can be flagged.
  init(fitCounts: [Int], calibrationSize: Int, smallest: Int) {
    let total = fitCounts.reduce(0, +)
    // In full width: what a file from elsewhere says may be any number.
    func isTooSmall(_ count: Int) -> Bool {
      count < smallest
        || count.multipliedFullWidth(by: calibrationSize) < smallest.multipliedFullWidth(by: total)
    }
    var merged = Set(fitCounts.indices.filter { isTooSmall(fitCounts[$0]) })
    var mergedCount = merged.reduce(0) { $0 + fitCounts[$1] }
    for index in fitCounts.indices.sorted(by: { (fitCounts[$0], $0) < (fitCounts[$1], $1) })
    where !merged.isEmpty && isTooSmall(mergedCount) && !merged.contains(index) {
      merged.insert(index)
      mergedCount += fitCounts[index]
    }
    var groups: [Int] = []
    var next = 0
    var ofMerged: Int?
    for index in fitCounts.indices {
      if merged.contains(index), let ofMerged {
        groups.append(ofMerged)
        continue
      }
      if merged.contains(index) { ofMerged = next }
      groups.append(next)
      next += 1
    }
    (ofClass, count) = (groups, next)
  }

  /// The classes of each group.
  package var classes: [[Int]] {
    var classes: [[Int]] = Array(repeating: [], count: count)
    for (index, group) in ofClass.enumerated() { classes[group].append(index) }
    return classes
  }
}

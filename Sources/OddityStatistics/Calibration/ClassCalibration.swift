import OddityFiles

/// Calibration by predicted class. Each group of classes has its own calibration scores and its own k, so
/// that the false-alarm rate holds among the images that are predicted as one of the group's classes.
///
/// Calibration and use both depend on the *predicted* class. Source: Mondrian conformal prediction, Vovk,
/// Gammerman & Shafer, *Algorithmic Learning in a Random World*, 2005, section 4.5.
package struct ClassCalibration: Sendable {
  package let groups: ClassGroups
  /// One calibration for each group.
  package let parts: [ConformalCalibration]

  /// - Throws: as ``ConformalCalibration``; `.badData` if a class does not belong to the groups.
  init(
    scores: [Float], classes: [Int], groups: ClassGroups, alpha: Alpha, confidence: Double?
  ) throws(OddityError) {
    var scoresOfGroups: [[Float]] = Array(repeating: [], count: groups.count)
    for (score, index) in zip(scores, classes) {
      guard groups.ofClass.indices.contains(index) else {
        throw OddityError(
          .badData,
          "a calibration image has the class \(index), but the classes of the model are 0 to "
            + "\(groups.ofClass.count - 1)"
        )
      }
      scoresOfGroups[groups.ofClass[index]].append(score)
    }
    parts = try scoresOfGroups.map { scores throws(OddityError) in
      try ConformalCalibration(group: scores, alpha: alpha, confidence: confidence)
    }
    self.groups = groups
  }

  /// The calibration of an image, by its predicted class.
  subscript(classIndex: Int) -> ConformalCalibration { parts[groups.ofClass[classIndex]] }

  /// The central 95 % of the long-run false-alarm rate over all classes, if they are as frequent as among the
  /// calibration images. It is a sum of independent Beta variables, approximated by its mean and variance.
  package var falseAlarmInterval: ConfidenceInterval {
    if parts.count == 1 { return parts[0].falseAlarmInterval }
    let total = Double(parts.reduce(0) { $0 + $1.scores.count })
    var (mean, variance) = (0.0, 0.0)
    for part in parts {
      let (k, n) = (Double(part.rank), Double(part.scores.count))
      let (share, rate) = (n / total, k / (n + 1))
      mean += share * rate
      variance += share * share * rate * (1 - rate) / (n + 2)
    }
    return .normal95(estimate: mean, standardError: variance.squareRoot()).clamped(to: 0...1)
  }
}

/// The classes that are calibrated together: most have a group of their own, and those with few images form
/// one group.
///
/// The groups depend only on the fit part. If they depended on the calibration images, p-values would no
/// longer be valid.
package struct ClassGroups: Sendable, Equatable {
  /// The group of each class, [C]. Groups are numbered by their first class.
  package let ofClass: [Int]
  package let count: Int

  /// Groups classes by how many images of the fit part are predicted as each.
  ///
  /// A class is too small if the fit part has fewer than `smallest` of its images, or if the calibration
  /// images would have fewer at the same frequencies. Small classes form one group. While that group is too
  /// small itself, the smallest other class joins it.
  ///
  /// - Parameters:
  ///   - fitCounts: the number of images of the fit part predicted as each class, [C].
  ///   - calibrationSize: the number of calibration images.
  ///   - smallest: the least number of images with which a group can flag anything.
  init(fitCounts: [Int], calibrationSize: Int, smallest: Int) {
    let total = fitCounts.reduce(0, +)
    // In full width, because a file from elsewhere may contain any number.
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
    let firstMerged = merged.min() ?? 0
    let firsts = fitCounts.indices.map { merged.contains($0) ? firstMerged : $0 }
    let numbers = Dictionary(uniqueKeysWithValues: zip(Set(firsts).sorted(), 0...))
    (ofClass, count) = (firsts.compactMap { numbers[$0] }, numbers.count)
  }

  /// The classes of each group.
  package var classes: [[Int]] {
    var classes: [[Int]] = Array(repeating: [], count: count)
    for (index, group) in ofClass.enumerated() { classes[group].append(index) }
    return classes
  }
}

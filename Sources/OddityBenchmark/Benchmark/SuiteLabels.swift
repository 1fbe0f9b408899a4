import OddityModel
import Imaging

/// The true classes of images: those of `id.evaluate` may be listed in a file, those of other sets tell theirs by themselves.
struct SuiteLabels {
  private let suite: Suite
  private let file: LabelFile?

  /// - Throws: ``OddityError`` with the suite's line.
  init(_ suite: Suite) throws {
    self.suite = suite
    file = try suite.inDistribution.labels.map { path in
      try suite.locating(path.line) { try LabelFile(path: path.path) }
    }
  }

  /// The true class of every image of a set, nil where unknown.
  ///
  /// - Throws: ``OddityError`` with the suite's line, where labels and network do not fit together.
  func truth(of set: ImageSet, classes: Int) throws -> [Int?] {
    try suite.locating(suite.inDistribution.labels?.line ?? set.line) {
      let labels = try TrueLabels(classes: classes, names: nil, file: set.role == .evaluate ? file : nil)
      return try set.stretches.flatMap { stretch in
        let truth = try labels.truth(of: stretch.source)
        return stretch.positions.map { truth[$0] }
      }
    }
  }
}

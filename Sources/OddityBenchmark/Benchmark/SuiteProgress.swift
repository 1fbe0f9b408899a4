import OddityClassifier

/// How far a whole suite has come, in images that go through a network.
struct SuiteProgress {
  let total: Int
  private var done = 0
  private var reused = 0
  private let report: @Sendable (Progress) -> Void

  init(total: Int, report: @escaping @Sendable (Progress) -> Void) {
    (self.total, self.report) = (total, report)
  }

  mutating func advance(by images: Int) {
    done += images
    report(Progress(task: "benchmark", done: done, total: total, reused: reused))
  }

  /// Counts images that went through in an earlier run.
  mutating func reuse(_ images: Int) {
    reused += images
    advance(by: images)
  }
}

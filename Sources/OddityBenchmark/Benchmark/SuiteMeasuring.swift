import Imaging
import OddityFit
import Engines

/// Measures the sets of a suite with one network after the other, or loads stored measurements.
struct SuiteMeasuring {
  let suite: Suite
  let sets: [ImageSet]
  /// Show whether the images of each set have changed.
  let fingerprints: [String]
  let store: MeasurementStore
  let options: BenchmarkOptions
  var progress: SuiteProgress

  /// Measures all sets, in their order. The network is compiled only if there is something to measure.
  mutating func measure(_ run: NetworkRun) async throws -> [MeasuredSet] {
    var measured: [MeasuredSet] = []
    var compiled: CompiledModel?
    for (set, images) in zip(sets, fingerprints) {
      let key = try run.key(set, images: images)
      if let stored = stored(key, run, set) {
        progress.reuse(run.passes(set))
        measured.append(MeasuredSet(set, stored, layout: run.layout))
        continue
      }
      let model: CompiledModel
      if let compiled {
        model = compiled
      } else {
        model = try await suite.locating(run.network.model.line) { try await run.fit.compile() }
        compiled = model
      }
      let measurement = try await run.measure(set, by: model) { progress.advance(by: $0) }
      try check(measurement, of: set, by: run)
      try save(measurement, key, run, set)
      measured.append(MeasuredSet(set, measurement, layout: run.layout))
    }
    return measured
  }

  /// Stores a measurement, unless its images have changed meanwhile. Otherwise a later run with the original
  /// images would use it.
  private func save(
    _ measurement: Measurement, _ key: MeasurementKey, _ run: NetworkRun, _ set: ImageSet
  ) throws(OddityError) {
    guard ImageFingerprint.hex(of: set) == key.images else {
      options.note(
        "images of '\(set.name)' changed while they were measured: the next run measures them again")
      return
    }
    try store.save(measurement, key, network: run.network.name, set: set.fileName)
  }

  private func stored(_ key: MeasurementKey, _ run: NetworkRun, _ set: ImageSet) -> Measurement? {
    switch store.load(key, network: run.network.name, set: set.fileName) {
    case .valid(let measurement): return measurement
    case .none: return nil
    case .damaged:
      options.note(
        "the stored measurement \(run.network.name)/\(set.fileName) is damaged: measuring it again")
      return nil
    }
  }

  private func check(_ measurement: Measurement, of set: ImageSet, by run: NetworkRun) throws(OddityError) {
    guard let first = measurement.failures.first, measurement.failures.count == measurement.rowCount else {
      return
    }
    throw suite.error(
      .badData, line: set.line,
      "no image of '\(set.name)' could be measured with '\(run.network.name)'; the first error: \(first.message)"
    )
  }
}

/// The true classes of images. A file may name the classes, for all sets, or list the images of
/// `id.evaluate`. The class folders of shifted images must be those of `id.evaluate`. A shifted set may lack
/// some of them.
struct SuiteLabels {
  private let suite: Suite
  private let evaluate: ImageSet
  private let file: LabelFile?

  /// - Throws: ``OddityError`` with the suite's line.
  init(_ suite: Suite, evaluate: ImageSet) throws {
    (self.suite, self.evaluate) = (suite, evaluate)
    file = try suite.inDistribution.labels.map { path in
      try suite.locating(path.line) { try LabelFile(path: path.path) }
    }
  }

  /// The true class of every image of a set; nil if unknown.
  ///
  /// - Throws: ``OddityError`` with the suite's line, if labels and network do not match.
  func truth(of set: ImageSet, classes: Int) throws -> [Int?] {
    try suite.locating(suite.inDistribution.labels?.line ?? set.line) {
      let file = file.flatMap { set.role == .evaluate || !$0.listsImages ? $0 : nil }
      let labels = try TrueLabels(
        classes: classes, names: set.role == .shifted ? foldersOfEvaluate(classes: classes) : nil, file: file)
      return try set.stretches.flatMap { stretch in
        let truth = try labels.truth(of: stretch.source)
        return stretch.positions.map { truth[$0] }
      }
    }
  }

  /// nil if `id.evaluate` does not have one folder for each class.
  private func foldersOfEvaluate(classes: Int) -> [String]? {
    evaluate.stretches.lazy.compactMap {
      TrueLabels(classes: classes, names: nil).countedFolders(of: $0.source)
    }.first
  }
}

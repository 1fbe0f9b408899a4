import OddityFit
import Engines

/// The results of a suite: the tables, and the measurements that they were computed from.
public struct Benchmark: Sendable {
  public let suite: Suite
  public let report: BenchmarkReport
  package let networks: [BenchmarkedNetwork]
  /// Images that could not be used, each once, with the reason.
  public let failures: [String]

  /// Runs a suite, or the rest of an interrupted run.
  ///
  /// Everything that could stop the run is checked first: the sets, the labels, and every network. Each
  /// network then computes each set once, and the measurement is stored when the set is complete. An
  /// interrupted run therefore continues after the last complete set, with the same results as an
  /// uninterrupted run. A measurement is repeated if the images, the model, the preprocessing, or another
  /// thing that it depends on has changed.
  ///
  /// - Parameters:
  ///   - folder: where measurements are stored: `NETWORK/SET.npy`, `NETWORK/SET.json`.
  /// - Throws: ``OddityError``, on one line, with the suite's line if the suite is wrong; the engine's
  ///   errors.
  public init(
    _ suite: Suite, measurementsIn folder: String, options: BenchmarkOptions = BenchmarkOptions(),
    engine: Engine
  ) async throws {
    let sets = try SuiteSets(suite)
    try sets.checkParts(suite)
    let labels = try SuiteLabels(suite, evaluate: sets.evaluate)
    try OutputFolder.create(folder)
    var passes = 0
    for network in suite.networks {
      let run = try NetworkRun(network, of: suite, sets: sets, options: options, engine: engine)
      for set in [sets.evaluate] + sets.shifted {
        _ = try labels.truth(of: set, classes: run.fit.classifier.classes)
      }
      if network.preprocess == nil, !run.fit.classifier.model.takesIntegerImages {
        options.note(
          "\(suite.file):\(network.model.line): without preprocess values are scaled to [0, 1]: the mean and std that "
            + "'\(network.name)' was trained with are unknown")
      }
      if run.fit.plan.fitsTemperature { try sets.checkTemperature(suite, labels, of: run) }
      passes += sets.all.reduce(0) { $0 + run.passes($1) }
    }
    var measuring = SuiteMeasuring(
      suite: suite, sets: sets.all, fingerprints: sets.all.map(ImageFingerprint.hex),
      store: MeasurementStore(folder: folder), options: options,
      progress: SuiteProgress(total: passes, report: options.run.progress))
    var networks: [BenchmarkedNetwork] = []
    for network in suite.networks {
      let run = try NetworkRun(network, of: suite, sets: sets, options: options, engine: engine)
      let measured = try await measuring.measure(run)
      networks.append(
        try await suite.locating(network.model.line) {
          try await BenchmarkedNetwork(run, of: suite, sets: measured, labels: labels)
        })
    }
    self.suite = suite
    self.networks = networks
    report = BenchmarkReport(suite, options: options, networks: networks.map(\.report))
    failures = networks.flatMap { $0.sets.flatMap { $0.measurement.failures.map(\.message) } }.uniqued()
  }
}

extension Array where Element: Hashable {
  /// Each element once, in the order of first appearance.
  fileprivate func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}

extension SuiteSets {
  /// - Throws: if a temperature must be fitted, and there are no labelled images for it.
  fileprivate func checkTemperature(_ suite: Suite, _ labels: SuiteLabels, of run: NetworkRun) throws {
    let truth = try calibration.map { try labels.truth(of: $0, classes: run.fit.classifier.classes) } ?? []
    guard truth.contains(where: { $0 != nil }) else {
      let error = OddityError.unfittedTemperature
      throw suite.error(error.code, line: (calibration ?? fit).line, error.message)
    }
  }

  /// - Throws: if a part gets too few images. Without this check, the run would fail only after hours.
  fileprivate func checkParts(_ suite: Suite) throws(OddityError) {
    let data = inDistributionData(
      seed: suite.seed,
      fitsTemperature: ScorePlan.leaves(of: suite.scores).contains(where: \.fitsTemperature), sampledKinds: 0)
    guard data.count(of: .fit) > 0 else {
      throw suite.error(
        .badData, line: fit.line,
        "id.fit has too few images: none fell into the part that NormRatio is measured on")
    }
    let calibrating = data.count(of: .calibrate)
    let needed = suite.alpha.smallestCalibrationSize
    guard calibrating >= needed else {
      throw suite.error(
        .tooFewCalibrationImages, line: (calibration ?? fit).line,
        "there are \(calibrating) calibration images, but alpha \(suite.alpha) needs at least \(needed): add images"
      )
    }
  }
}

/// Options of a run that are not part of the suite.
public struct BenchmarkOptions: Sendable {
  /// The kinds of pseudo-OOD images. The first kind selects the block, and the others are measured too.
  public var pseudoOOD: [PseudoOOD] = [.jigsaw]
  /// The parameters of scores.
  public var settings = ScoreSettings()
  public var run = RunOptions()
  /// Receives notes on the results, one sentence at a time.
  public var note: @Sendable (String) -> Void = { _ in }

  public init() {}
}

/// The progress of a whole suite, in images that go through a network.
struct SuiteProgress {
  let total: Int
  fileprivate let report: @Sendable (Progress) -> Void
  private(set) var done = 0
  private(set) var reused = 0

  mutating func advance(by images: Int) {
    done += images
    report(Progress(task: "benchmark", done: done, total: total, reused: reused))
  }

  /// Counts images that an earlier run has computed.
  mutating func reuse(_ images: Int) {
    reused += images
    advance(by: images)
  }
}

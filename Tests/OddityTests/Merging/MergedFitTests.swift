import Foundation
import Imaging
import Engines
import Testing
import TestSupport

@testable import OddityFiles
@testable import OddityFit
@testable import OddityModel
@testable import OddityScores

/// A fit in parts equals the fit of one machine.
@Suite struct MergedFitTests {
  private let folder: TemporaryFolder
  private let network = Fixtures.url("mbconv.ts.onnx")

  init() throws { folder = try TemporaryFolder() }

  private func options(_ scores: String...) throws -> FitOptions {
    var options = FitOptions.paper
    options.scores = try scores.map { try ScoreName(parsing: $0) }
    options.seed = 5
    return options
  }

  /// Writes parts and returns the paths of their files.
  private func parts(
    _ count: Int, of inDistribution: [any ImageSource], calibration: [any ImageSource] = [],
    _ options: FitOptions, name: String = "part", engine: (Int) throws -> Engine = { _ in try Engine() }
  ) async throws -> [String] {
    var paths: [String] = []
    for number in 1...count {
      let part = try await PartialFit(
        model: network, inDistribution: inDistribution, calibration: calibration,
        shard: Shard(parsing: "\(number)/\(count)"), options: options, engine: engine(number))
      paths.append(folder.path("\(name)-\(number)-\(count).state"))
      try await part.write(to: AtomicFile(path: paths[number - 1]))
    }
    return paths
  }

  private func merged(_ paths: [String]) async throws -> MergedFit {
    try await MergedFit(model: network, parts: paths, engine: Engine())
  }

  private struct Difference: Decodable {
    let nodes: Bool
    let constants: Int
    let differing: [String]
    let largest: Double
  }

  /// The differences between two guarded models, according to the onnx package.
  private func difference(_ model: GuardedModel, _ other: GuardedModel) throws -> Difference {
    let paths = ["one.onnx", "other.onnx"].map { folder.path($0) }
    for (model, path) in zip([model, other], paths) { try model.write(to: path) }
    return try JSONDecoder().decode(
      Difference.self, from: PythonReference.run("model_difference.py", arguments: paths))
  }

  private static let everything = [
    "knn", "featurenorm", "mahalanobis", "mahalanobis++", "rmds", "vim", "residual", "neco", "she", "fdbd",
    "nci",
    "klm", "react", "dice", "vra", "nnguide", "openmax", "cadref", "gen", "knn+norm", "gram", "knn*std@1",
    "adascale-l",
    "ensemble(knn/vim)",
  ]

  /// Images with such a high contrast that the network predicts several classes.
  private func contrasting(_ count: Int, seed: UInt64 = 7) throws -> any ImageSource {
    let url = folder.url.appending(path: "contrasting-\(count)-\(seed).npy")
    let values = SyntheticImages.values(count: count, seed: seed).map { 40 * $0 }
    try NumPyFile.write(values, shape: [count, 3, 32, 32], to: url)
    return try ImageSources.open(url.path)
  }

  @Test(arguments: [1, 2, 7])
  func anyNumberOfShardsInAnyOrderIsOneFit(count: Int) async throws {
    let images = try contrasting(300)
    var options = try options()
    options.keepsSignatures = true
    options.scores = try Self.everything.map { try ScoreName(parsing: $0) }
    options.pseudoOOD = try ["jigsaw", "cutmix"].map { try PseudoOOD(parsing: $0) }
    let single = try await Fit(
      model: network, inDistribution: [images], options: options, engine: Engine())
    #expect(try #require(single.guarded.metadata.fitClassCounts).count { $0 > 1 } > 1)
    let paths = try await parts(count, of: [images], options)
    let merged = try await merged(paths.shuffled())
    expectSame(merged.report, single.report)
    // Constants may differ, because the sign of a subspace's axes is arbitrary.
    // ONNX Runtime's last digits depend on the batch size, and so does the number of directions of a
    // subspace.
    if TestedEngine.isOpenVINO { #expect(try difference(merged.guarded, single.guarded).nodes) }
    try await expectSameScores(merged.guarded, single.guarded)
    let (signatures, others) = (try merged.guarded.signatures(), try single.guarded.signatures())
    #expect(signatures.images.map(\.classIndex) == others.images.map(\.classIndex))
    #expect(signatures.replays.map(\.strength) == others.replays.map(\.strength))
    // With ONNX Runtime, the last digits depend on the batch size.
    if TestedEngine.isOpenVINO { #expect(try signatures.json() == others.json()) }
  }

  /// Sums over shards are rounded in another order.
  private func expectSameScores(_ model: GuardedModel, _ other: GuardedModel) async throws {
    let count = other.scoreOutputs.count
    let (values, others) = (try await scores(model), try await scores(other))
    try #require(values.count == others.count)
    for (position, output) in other.scoreOutputs.enumerated() {
      let places = Array(stride(from: position, to: others.count, by: count))
      guard isSmallDifference(output) else {
        #expect(places.allSatisfy { isClose(values[$0], others[$0]) }, "\(output)")
        continue
      }
      let known = places.map { others[$0] }
      let (least, most) = (known.min() ?? 0, known.max() ?? 0)
      let difference = places.map { abs(values[$0] - others[$0]) }.max() ?? 0
      let rounding = 1e-6 * max(abs(least), abs(most))
      #expect(difference <= rounding + 5e-5 * (most - least), "\(output): \(difference)")
    }
  }

  /// A Mahalanobis distance or a residual is a small difference of large numbers. It may differ by some steps
  /// of `Float` and by a small share of its spread.
  private func isSmallDifference(_ output: String) -> Bool {
    output.hasSuffix(".mahalanobis") || output.hasSuffix(".residual")
  }

  private func expectSame(_ report: FitReport, _ other: FitReport) {
    #expect(report.selected == other.selected && report.runnerUp == other.runnerUp)
    #expect(report.parts == other.parts && report.images == other.images)
    #expect(report.selectionStability == other.selectionStability)
    #expect(isClose(report.threshold, other.threshold))
    #expect(zip(report.blocks, other.blocks).allSatisfy { isClose($0.normRatio ?? 0, $1.normRatio ?? 1) })
    for (score, other) in zip(report.scores, other.scores) {
      #expect(isClose(score.aurocPseudo ?? 0, other.aurocPseudo ?? 1), "\(score.name)")
    }
    #expect(report.scores.map(\.name) == other.scores.map(\.name))
  }

  private func isClose(_ value: Double, _ other: Double) -> Bool {
    abs(value - other) <= 1e-6 * max(1e-3, abs(other))
  }

  /// The scores of new images.
  private func scores(_ model: GuardedModel) async throws -> [Double] {
    let images = try SyntheticImages(count: 40, seed: 99, in: folder)
    var values: [Double] = []
    try await Detector(model, engine: Engine()).score(images.source) {
      values += try $0.result.get().scores.values.map { Double($0) }
    }
    return values
  }

  /// Banks are equal to the bit, in any order of the parts.
  @Test func banksAreIdentical() async throws {
    let images = try SyntheticImages(count: 240, in: folder)
    let options = try options("knn", "nnguide", "she")
    let single = try await Fit(
      model: network, inDistribution: [images.source], options: options, engine: Engine())
    let paths = try await parts(5, of: [images.source], options)
    for paths in [paths, paths.reversed(), paths.shuffled()] {
      let difference = try difference(try await merged(paths).guarded, single.guarded)
      #expect(difference.differing.isEmpty && difference.constants > 10)
    }
  }

  /// Every machine has its own files, some with the same names, as in archives of one data set.
  @Test func sourcesOfTheirOwnAreOneFitToo() async throws {
    let sources = try [11, 12, 13].map { try contrasting(90, seed: $0) }
    let held = try [21, 22].map { try contrasting(40, seed: $0) }
    let options = try options("knn", "mahalanobis")
    let single = try await Fit(
      model: network, inDistribution: sources, calibration: held, options: options, engine: Engine())
    let paths =
      try await parts(1, of: [sources[0]], calibration: [held[0]], options, name: "a")
      + parts(2, of: Array(sources[1...]), calibration: [held[1]], options, name: "b")
    let merged = try await merged(paths)
    #expect(merged.report.selected == single.report.selected && merged.report.parts == single.report.parts)
    #expect(isClose(merged.report.threshold, single.report.threshold))
    let difference = try difference(merged.guarded, single.guarded)
    #expect(difference.nodes && difference.largest < 1e-6, "\(difference.largest): \(difference.differing)")
  }

  @Test func theSamplesOfShardsAreThatOfTheWhole() async throws {
    let images = try SyntheticImages(count: 200, in: folder)
    var options = try options("energy", "featurenorm")
    options.limit = 120
    options.paperSplit = true
    let single = try await Fit(
      model: network, inDistribution: [images.source], options: options, engine: Engine())
    let merged = try await merged(try await parts(3, of: [images.source], options))
    expectSame(merged.report, single.report)
    #expect(merged.report.images == 120)
  }

  /// There are more shards than images, so some shards are empty.
  @Test func emptyShardsDoNoHarm() async throws {
    let images = try SyntheticImages(count: 120, in: folder)
    let held = try SyntheticImages(count: 19, seed: 8, in: folder)
    let options = try options("vim")
    let paths = try await parts(25, of: [images.source], calibration: [held.source], options)
    let merged = try await merged(paths)
    #expect(merged.report.calibrationImages == 19 && merged.report.images == 139)
  }

  @Test func tooFewCalibrationImagesAreFoundWhenPartsAreMerged() async throws {
    let images = try SyntheticImages(count: 40, in: folder)
    let paths = try await parts(2, of: [images.source], options("energy"))
    await #expect {
      try await merged(paths)
    } throws: {
      ($0 as? OddityError)?.code == .tooFewCalibrationImages
    }
  }

  /// The numbers of the two engines agree, so this is only a warning.
  @Test func partsOfBothEnginesAreMergedWithAWarning() async throws {
    let images = try SyntheticImages(count: 200, in: folder)
    let names = EngineChoice.Name.allCases
    let paths = try await parts(2, of: [images.source], options("featurenorm"), name: "mixed") {
      try Engine(EngineChoice(names[$0 - 1]))
    }
    let report = try await merged(paths).report
    let warning = try #require(report.warnings.first { $0.code == .enginesMixed })
    #expect(warning.text.contains("OpenVINO") && warning.text.contains("ONNX Runtime"))
    let alike = try await parts(2, of: [images.source], options("featurenorm"), name: "alike")
    #expect(try await !merged(alike).report.warnings.contains { $0.code == .enginesMixed })
  }
}

import Foundation
import Imaging
import ONNXGraph
import Engines
import Testing
import TestSupport

@testable import OddityClassifier
@testable import OddityFiles
@testable import OddityFit
@testable import OddityModel
@testable import OddityScores
@testable import OddityStatistics

/// The choice of a score without OOD images.
struct AutoTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func candidate(
    _ name: String, _ aurocs: [Double], fpr95s: [Double] = [0.5, 0.5], isSelectedNorm: Bool = false
  ) throws -> AutoCandidate {
    AutoCandidate(
      name: try ScoreName(parsing: name), block: nil, isSelectedNorm: isSelectedNorm, aurocs: aurocs,
      fpr95s: fpr95s)
  }

  private func selection(_ candidates: [AutoCandidate]) throws -> AutoSelection {
    try AutoSelection(candidates, kinds: ["jigsaw:3", "blur"], blocks: [], leftOut: [])
  }

  @Test func theLargestMeanWinsAndEachCriterionHasItsOwnChoice() throws {
    let report = try selection([
      candidate("energy", [0.9, 0.55], fpr95s: [0.4, 0.9]),
      candidate("msp", [0.7, 0.8], fpr95s: [0.9, 0.9]),
      candidate("knn", [0.75, 0.76], fpr95s: [0.6, 0.5]),
      candidate("featurenorm", [0.6, 0.6], fpr95s: [0.8, 0.8], isSelectedNorm: true),
    ]).report
    #expect(report.chosen.name == "knn")
    #expect(report.ranking.map(\.name) == ["knn", "msp", "energy", "featurenorm"])
    let choices = Dictionary(uniqueKeysWithValues: report.choices.map { ($0.criterion, $0.name) })
    #expect(
      choices == [
        .meanAUROC: "knn", .meanFPR95: "knn", .worstAUROC: "knn", .firstAUROC: "energy",
        .normRatio: "featurenorm",
      ])
  }

  /// A reversed score may be the best by one criterion, but no criterion chooses it.
  @Test func aReversedScoreIsNeverChosen() throws {
    let report = try selection([
      candidate("energy", [0.99, 0.01], fpr95s: [0, 0]), candidate("msp", [0.51, 0.5]),
    ]).report
    #expect(report.choices.allSatisfy { $0.name == "msp" } && report.ranking.first?.name == "msp")
    #expect(report.ranking.last?.reversed == true)
    let error = #expect(throws: OddityError.self) {
      try selection([candidate("energy", [0.4, 0.3]), candidate("msp", [0.5, 0.5])])
    }
    #expect(error?.code == .badData && error?.message.contains("`scores`") == true)
  }

  /// Each single score is the best on one kind and poor on the other. The score that is chosen without the
  /// kind to judge is the poor one.
  @Test func aFusionIsComparedWithWhatWasChosenWithoutTheKind() throws {
    let singles = try [candidate("energy", [0.95, 0.75]), candidate("msp", [0.7, 0.96])]
    let report = try selection([candidate("fusion", [0.8, 0.8])] + singles).report
    #expect(report.chosen.name == "fusion" && report.ranking.map(\.name) == ["fusion", "energy", "msp"])
    #expect(abs(try #require(report.bestSingle) - (0.7 + 0.75) / 2) < 1e-12)
    // Worse by 0.01 and 0.03: a mean of 0.02 with a standard error of 0.01. Then better by 0.01 and worse by
    // 0.03, which is within the error.
    let worse = try selection([candidate("fusion", [0.69, 0.72])] + singles).report
    #expect(worse.chosen.name == "energy" && worse.bestSingle == report.bestSingle)
    #expect(try selection([candidate("fusion", [0.71, 0.72])] + singles).report.chosen.name == "fusion")
    #expect(worse.choices.first { $0.criterion == .meanAUROC }?.name == "energy")
    #expect(
      try selection([candidate("fusion", [0.7, 0.7]), candidate("msp", [0.4, 0.5])]).report.chosen.name
        == "fusion")
  }

  @Test func ofEqualsTheFirstIsChosen() throws {
    let same = [0.7, 0.7]
    #expect(try selection([candidate("msp", same), candidate("energy", same)]).report.chosen.name == "msp")
  }

  /// The guarded score is the chosen one, with the threshold of a fit of that score alone.
  @Test(arguments: ["residual.ts.onnx", "mbconv.dyn.onnx"])
  func theChosenScoreIsGuarded(_ network: String) async throws {
    let images = try SyntheticImages(count: 450, in: folder)
    func fit(_ scores: [ScoreName]) async throws -> Fit {
      var options = FitOptions()
      options.scores = scores
      return try await Fit(
        model: Fixtures.url(network), inDistribution: [images.source], options: options, engine: Engine())
    }
    let chosen = try await fit([.auto, .energy])
    let auto = try #require(chosen.report.auto)
    #expect(
      Set(auto.kinds.map { $0.prefix { $0 != ":" } }) == Set(FusionRule.kinds.map { $0[...] })
        && auto.ranking.contains { $0.name == "fusion" })
    #expect(auto.chosen.name == auto.ranking.first { !$0.reversed }?.name)
    #expect(chosen.guarded.metadata.score == auto.chosen.name)
    #expect(!auto.ranking.contains { $0.aurocs.count != auto.kinds.count })
    #expect(chosen.guarded.metadata.auto == auto)
    let alone = try await fit([try ScoreName(parsing: auto.chosen.name)])
    #expect(alone.report.threshold == chosen.report.threshold)
    #expect(alone.report.selected == chosen.report.selected)
  }

  /// If the user names a block, FeatureNorms of other blocks are not candidates.
  @Test func aNamedBlockIsTheOnlyOneWhoseNormIsRanked() async throws {
    let images = try SyntheticImages(count: 450, in: folder)
    let classifier = try Classifier(Model(contentsOf: Fixtures.url("residual.ts.onnx")), engine: Engine())
    for block in [classifier.blocks[0], classifier.blocks[2]] {
      var options = FitOptions.paper
      (options.scores, options.block) = ([.auto], .named(block.tensor))
      let report = try await Fit(
        model: Fixtures.url("residual.ts.onnx"), inDistribution: [images.source], options: options,
        engine: Engine()
      ).report
      let ranking = try #require(report.auto?.ranking)
      #expect(ranking.compactMap(\.block?.tensor) == [block.tensor])
      #expect(ranking.filter { $0.name == "featurenorm" }.count == 1 && ranking.count > 5)
      #expect(report.selected.tensor == block.tensor)
    }
  }

  /// On noise, this network's msp is below chance and FeatureNorm is not. The warning names only msp.
  @Test func reversedScoresAreWarnedOf() async throws {
    var random = SplitMix64(seed: 0)
    let file = folder.url.appending(path: "noise.npy")
    try NumPyFile.write(
      (0..<120 * 3072).map { _ in Float(random.nextUnit()) }, shape: [120, 3, 32, 32], to: file)
    var options = FitOptions.paper
    options.scores = [.featurenorm, .msp]
    let report = try await Fit(
      model: Fixtures.url("residual.dyn.onnx"), inDistribution: [ImageSources.open(file.path)],
      options: options, engine: Engine()
    ).report
    #expect(try #require(report.scores[0].aurocPseudo) > 0.7)
    #expect(try #require(report.scores[1].aurocPseudo) < 0.48)
    let texts = report.warnings.map(\.text).filter { $0.contains("score higher than images") }
    #expect(texts.count == 1 && texts[0].contains("msp (0.") && !texts[0].contains("featurenorm (0."))
  }
}

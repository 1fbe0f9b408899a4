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

/// Fusions within a fit: learned, guarded, and fitted on several machines.
struct FusionFitTests {
  private let folder: TemporaryFolder
  private let network = Fixtures.url("mbconv.ts.onnx")
  private static let columns = ["energy", "knn+norm", "vim", "featurenorm@0", "featurenorm"]

  init() throws { folder = try TemporaryFolder() }

  private func options(_ scores: [String]) throws -> FitOptions {
    var options = FitOptions.paper
    options.scores = try scores.map { try ScoreName(parsing: $0) }
    options.seed = 3
    return options
  }

  private struct Fused: Decodable {
    /// The scores of each column, followed by those of the fusion.
    let scores: [[Double]]
    let checked: Bool
  }

  /// ONNX Runtime computes the guarded model's fused score. It must be the weighted sum of its columns in the
  /// metadata.
  @Test func theGuardedModelComputesWhatItsMetadataSays() async throws {
    let images = try SyntheticImages(count: 450, in: folder)
    let name = "fusion(\(Self.columns.joined(separator: "/")))"
    let fit = try await Fit(
      model: network, inDistribution: [images.source], options: options([name] + Self.columns),
      engine: Engine())
    let report = try #require(fit.report.fusions.first)
    #expect(report.name == name && fit.guarded.metadata.fusions == fit.report.fusions)
    #expect(report.columns.map(\.name) == Self.columns)
    #expect(fit.report.scores[0].aurocPseudo == report.auroc(ofKind: "jigsaw:3"))
    let path = folder.path("guarded.onnx")
    try fit.guarded.write(to: path)
    let fused = try PythonReference.run(
      "fused_scores.py", [path, images.url.path] + Self.columns, as: Fused.self)
    #expect(fused.checked)
    let expected = fused.scores[0].indices.map { image in
      zip(report.columns, fused.scores).reduce(0.0) { sum, column in
        let x = min(max((column.1[image] - column.0.median) / column.0.spread, -5), 3)
        return sum + column.0.weight * x - column.0.foldedWeight * abs(x)
      }
    }
    expectAgreement(fused.scores[Self.columns.count].map { Float($0) }, expected, name)
  }

  /// For any number of machines, the weights are equal to the last bit.
  @Test func shardsLearnTheSameWeights() async throws {
    let images = try SyntheticImages(count: 450, in: folder)
    let options = try options(["fusion"])
    let whole = try await Fit(
      model: network, inDistribution: [images.source], options: options, engine: Engine())
    let fusion = try #require(whole.report.fusions.first)
    #expect(fusion.columns.count > 1 && fusion.kinds.count > 5)
    for count in [2, 7] {
      var paths: [String] = []
      for number in 1...count {
        let part = try await PartialFit(
          model: network, inDistribution: [images.source], shard: Shard(parsing: "\(number)/\(count)"),
          options: options, engine: Engine())
        paths.insert(folder.path("\(number)-\(count).state"), at: 0)
        try await part.write(to: AtomicFile(path: paths[0]))
      }
      let merged = try await MergedFit(model: network, parts: paths, engine: Engine())
      #expect(merged.report.fusions == [fusion])
      #expect(merged.report.threshold == whole.report.threshold)
    }
  }

  /// There are too few images for a choice. The message names the score that is used, and the reason.
  @Test func withFewImagesNothingIsChosen() async throws {
    let images = try SyntheticImages(count: 160, in: folder)
    let fit = try await Fit(
      model: network, inDistribution: [images.source], options: options(["auto"]), engine: Engine())
    #expect(fit.guarded.metadata.score == "energy+norm")
    #expect(fit.report.auto?.chosen.name == "energy+norm")
    #expect(fit.report.auto?.fallback?.contains("at least 60 images") == true)
    let error = await #expect(throws: OddityError.self) {
      try await Fit(
        model: network, inDistribution: [images.source], options: options(["fusion"]), engine: Engine())
    }
    #expect(error?.code == .badData && error?.message.contains("energy+norm") == true)
  }

  /// A fusion that is not the first score is left out if it cannot be learned, like any other score.
  @Test func aFurtherFusionThatCannotBeLearntIsLeftOut() async throws {
    let images = try SyntheticImages(count: 160, in: folder)
    let fit = try await Fit(
      model: network, inDistribution: [images.source],
      options: options(["energy", "fusion", "fusion(energy/vim)"]),
      engine: Engine())
    #expect(fit.report.scores.map(\.name) == ["energy"] && fit.report.fusions.isEmpty)
    #expect(fit.report.leftOut.map(\.name) == ["fusion", "fusion(energy/vim)"])
    #expect(fit.report.leftOut.allSatisfy { $0.reason.contains("at least 60 images") })
  }

  /// The chosen columns cost no more than the budget.
  @Test func theBudgetIsKept() async throws {
    let images = try SyntheticImages(count: 450, in: folder)
    var costs: [Double] = []
    for budget in [0.02, 0.5] {
      var options = try options(["fusion"])
      try options.settings.set("fusion.cost=\(budget)")
      let fit = try await Fit(
        model: network, inDistribution: [images.source], options: options, engine: Engine())
      let cost = try #require(fit.report.fusions.first?.cost)
      let share = max(cost.arithmetic ?? 0, cost.bytes)
      #expect(share > 0 && share <= budget)
      costs.append(share)
    }
    #expect(costs[0] < costs[1])
  }

  /// The cost of a bank is its size, with one multiplication per value to compare an image with it. ODIN runs
  /// back through the classifier, and forward again.
  @Test func costsAreThoseCountedByHand() async throws {
    let images = try SyntheticImages(count: 450, in: folder)
    let classifier = try Classifier(Model(contentsOf: network), engine: Engine())
    let features = Double(try #require(classifier.featureCount))
    let names = ["fusion(knn/energy)", "fusion(odin/energy)"]
    let fit = try await Fit(
      model: network, inDistribution: [images.source], options: options(names), engine: Engine())
    let bank = Double(fit.report.parts.fit) * features
    let knn = try #require(fit.report.fusions.first).cost
    let total = try #require(classifier.multiplyAccumulates)
    #expect(abs(knn.bytes * classifier.weightBytes / (4 * bank) - 1) < 0.05)
    let arithmetic = try #require(knn.arithmetic) * total
    #expect(arithmetic >= bank && arithmetic < 1.5 * bank)
    let passes = try #require(fit.report.fusions.last?.cost.arithmetic)
    #expect(passes >= 2 && passes < 3)
  }
}

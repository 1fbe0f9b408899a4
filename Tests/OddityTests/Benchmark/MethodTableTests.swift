import Foundation
import Oddity
import Testing

@Suite struct MethodTableTests {
  /// One method that separates the sets, one that does not, and one that separates only the first set.
  private static func table() throws -> MethodTable {
    try MethodTable(
      sets: [MethodTable.Column("near", group: .near), MethodTable.Column("far", group: .far)],
      methods: [
        MethodScores(
          name: "chance", inDistribution: levels(40, 0), outOfDistribution: [levels(30, 0), levels(20, 0)]),
        MethodScores(
          name: "good", inDistribution: levels(40, 9), outOfDistribution: [levels(30, 0), levels(20, 0)]),
        MethodScores(
          name: "half", inDistribution: levels(40, 9), outOfDistribution: [levels(30, 0), levels(20, 9)]),
      ], seed: 1, resamples: 200)
  }

  /// Scores on five levels from `first` up.
  private static func levels(_ count: Int, _ first: Float) -> [Float] {
    (0..<count).map { first + Float($0 % 5) }
  }

  @Test func valuesAreThoseOfDetectionMetrics() throws {
    let scores = MethodScores(
      name: "a", inDistribution: [1, 2, 3, 5, .infinity], outOfDistribution: [[0, 2, 4], [-.infinity, 5]])
    let row = try #require(
      try MethodTable(sets: [.init("x"), .init("y")], methods: [scores], seed: 0, resamples: 10).methods.first
    )
    for (cell, set) in zip(row.ood, scores.outOfDistribution) {
      let metrics = try DetectionMetrics(inDistribution: scores.inDistribution, outOfDistribution: set)
      #expect(cell.metrics.auroc == metrics.auroc && cell.metrics.fpr95 == metrics.fpr95)
      #expect(cell.metrics.fpr95OpenOOD == metrics.fpr95OpenOOD)
      #expect(cell.metrics.auprIn == metrics.auprIn && cell.metrics.auprOut == metrics.auprOut)
    }
    #expect(row.mean.metrics.auroc == (row.ood[0].metrics.auroc + row.ood[1].metrics.auroc) / 2)
    #expect(row.mean.metrics.fpr95 == (row.ood[0].metrics.fpr95 + row.ood[1].metrics.fpr95) / 2)
  }

  /// On the second set, only "good" is perfect, so it is the best there and on average. On the first set,
  /// "half" is equally good.
  @Test func theClearWinnerIsMarked() throws {
    let methods = try Self.table().methods
    #expect(methods[1].ood.map(\.bestAUROC) == [false, true] && methods[1].mean.bestAUROC)
    #expect(methods[1].ood.map(\.bestFPR95) == [false, true] && methods[1].mean.bestFPR95)
    for row in [methods[0], methods[2]] {
      #expect(!(row.ood + [row.mean]).contains { $0.bestAUROC || $0.bestFPR95 })
    }
    #expect(methods[1].ood[1].aurocCI95 == [1, 1] && methods[1].ood[1].fpr95CI95 == [0, 0])
  }

  /// Near sets come first, in any order of the sets. A set without a group counts only in the mean of all.
  @Test func groupsHaveTheirMeans() throws {
    let scores = MethodScores(
      name: "a", inDistribution: [3, 4, 5, 6], outOfDistribution: [[0, 4], [5, 7], [1, 6, 4], [9, 2]])
    let sets: [MethodTable.Column] = [
      .init("digits", group: .far), .init("classes", group: .near), .init("scenes", group: .far),
      .init("more"),
    ]
    let table = try MethodTable(sets: sets, methods: [scores], seed: 0, resamples: 20)
    #expect(table.sets.map(\.group) == [.far, .near, .far, nil])
    let row = try #require(table.methods.first)
    #expect(row.groups.map(\.name) == ["near-OOD", "far-OOD"])
    #expect(row.groups[0].metrics == row.ood[1].metrics)
    #expect(row.groups[1].metrics == DetectionMetrics(meanOf: [row.ood[0].metrics, row.ood[2].metrics]))
    #expect(row.cells.map(\.name) == ["digits", "classes", "scenes", "more", "near-OOD", "far-OOD", "mean"])
    let plain = try MethodTable(sets: sets.map { .init($0.name) }, methods: [scores], seed: 0, resamples: 20)
    #expect(plain.methods[0].groups.isEmpty && plain.methods[0].mean == row.mean)
  }

  /// A score with the norm is compared with the plain score, and FeatureNorm with Energy. Other scores are
  /// not compared.
  @Test func gainsAreDifferencesOfMeans() throws {
    func method(_ name: String, _ inside: Float, _ outside: Float) -> MethodScores {
      MethodScores(
        name: name, inDistribution: Self.levels(40, inside),
        outOfDistribution: [Self.levels(30, 0), Self.levels(20, outside)])
    }
    let methods = [
      method("energy", 1, 0), method("featurenorm", 2, 0), method("energy+norm", 9, 0),
      method("mahalanobis++", 1, 4),
      method("mahalanobis+++norm", 1, 2), method("msp+norm", 3, 3),
    ]
    let table = try MethodTable(
      sets: [.init("a"), .init("b")], methods: methods, seed: 2, resamples: 200)
    #expect(
      table.gains.map { [$0.method, $0.over] } == [
        ["featurenorm", "energy"], ["energy+norm", "energy"], ["mahalanobis+++norm", "mahalanobis++"],
      ])
    for gain in table.gains {
      let (row, other) = try (
        #require(table.methods.first { $0.name == gain.method }),
        #require(table.methods.first { $0.name == gain.over })
      )
      #expect(gain.auroc == row.mean.metrics.auroc - other.mean.metrics.auroc)
      #expect(gain.fpr95 == row.mean.metrics.fpr95 - other.mean.metrics.fpr95)
      let bounds = try #require(gain.aurocCI95)
      #expect(bounds[0] <= gain.auroc && gain.auroc <= bounds[1])
    }
    #expect(try #require(table.gains[1].aurocCI95)[0] > 0 && #require(table.gains[1].fpr95CI95)[1] < 0)
  }

  @Test func equalMethodsAndASingleOneAreNotMarked() throws {
    let method = MethodScores(name: "a", inDistribution: [3, 4, 5], outOfDistribution: [[0, 1, 2]])
    for methods in [[method], [method, method], [method, method, method]] {
      let table = try MethodTable(sets: [.init("x")], methods: methods, seed: 0, resamples: 50)
      for row in table.methods {
        #expect(row.mean.metrics.auroc == 1 && !row.mean.bestAUROC && !row.mean.bestFPR95)
      }
    }
  }

  @Test func aSetOfOneImageHasNoIntervalAndNoBest() throws {
    let methods = [Float(0), 9].map {
      MethodScores(
        name: "\($0)", inDistribution: [$0 + 1, $0 + 2], outOfDistribution: [[3], [3, 3, 4]])
    }
    for row in try MethodTable(
      sets: [.init("one"), .init("three")], methods: methods, seed: 0, resamples: 50
    ).methods {
      #expect(row.ood[0].aurocCI95 == nil && row.ood[0].fpr95CI95 == nil && !row.ood[0].bestAUROC)
      #expect(row.mean.aurocCI95 == nil && !row.mean.bestAUROC && !row.mean.bestFPR95)
      #expect(row.ood[1].aurocCI95 != nil && row.ood[1].fpr95CI95 != nil)
    }
  }

  @Test(arguments: [
    ([Float(1), .nan], [Float(1)], "position 1"), ([1], [.nan], "position 0"),
    ([], [1], "no in-distribution"),
    ([1], [], "no OOD"),
  ])
  func unusableScoresNameTheMethodAndTheSet(inside: [Float], outside: [Float], problem: String) throws {
    let good = MethodScores(name: "good", inDistribution: [1, 2], outOfDistribution: [[0, 1]])
    let bad = MethodScores(name: "bad", inDistribution: inside, outOfDistribution: [outside])
    let error = try #require(throws: OddityError.self) {
      try MethodTable(sets: [.init("SUN")], methods: [good, bad], seed: 0)
    }
    #expect(error.code == .badData)
    #expect(error.message.hasPrefix("bad on SUN: ") && error.message.contains(problem), "\(error)")
  }

  @Test func theJSONReadsBackWithTheProjectsKeys() throws {
    let original = try Self.table()
    let data = try JSONEncoder().encode(original)
    #expect(try JSONDecoder().decode(MethodTable.self, from: data) == original)
    let table = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(table["id_images"] as? Int == 40 && table["resamples"] as? Int == 200)
    #expect((table["sets"] as? [[String: Any]])?.map { $0["images"] as? Int } == [30, 20])
    let method = try #require((table["methods"] as? [[String: Any]])?.last)
    let cell = try #require((method["ood"] as? [[String: Any]])?.last)
    #expect(
      Set(cell.keys) == [
        "name", "auroc", "fpr95", "fpr95_openood", "aupr_in", "aupr_out", "auroc_ci95", "fpr95_ci95",
        "best_auroc",
        "best_fpr95",
      ])
    #expect(cell["name"] as? String == "far")
    #expect(Set(try #require(method["mean"] as? [String: Any]).keys) == Set(cell.keys))
  }
}

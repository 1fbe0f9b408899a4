import Foundation
import Testing

@testable import Oddity
@testable import OddityBenchmark

@Suite struct HindsightComparisonTests {
  /// `auto`, two single scores, and an ensemble that is better than both but not a candidate.
  private static func comparison(sets: Int) -> HindsightComparison {
    let aurocs = [[0.9, 0.7, 0.8], [0.95, 0.5, 0.6], [0.6, 0.75, 0.85], [0.99, 0.99, 0.99]].map {
      Array($0.prefix(sets))
    }
    let methods = aurocs.map { aurocs in
      MethodScores(
        name: "", inDistribution: (0..<40).map { Float($0) },
        outOfDistribution: aurocs.map { auroc in (0..<40).map { Float($0) - 60 * Float(auroc) } })
    }
    return HindsightComparison(
      of: 0, among: [1, 2], names: ["auto", "near", "far", "ensemble"], aurocs: aurocs,
      sets: Array(["a", "b", "c"].prefix(sets)), bootstrap: PairedBootstrap(methods, seed: 1, resamples: 50))
  }

  @Test func theBestIsTakenForEachSelectionOfSets() throws {
    let rows = Self.comparison(sets: 3).rows
    #expect(
      rows.map(\.sets) == [["a", "b", "c"], ["a"], ["b"], ["c"], ["b", "c"], ["a", "c"], ["a", "b"]])
    #expect(rows.map(\.best) == ["far", "near", "far", "far", "far", "near", "near"])
    #expect(rows.allSatisfy { $0.bestOnAverage == "far" })
    let losses = [-1 / 15.0, 0.05, 0.05, 0.05, 0.05, -0.075, -0.075]
    for (row, loss) in zip(rows, losses) { #expect(abs(row.difference + loss) < 1e-12, "\(row.sets)") }
    #expect(abs(rows[1].bestOnAverageAUROC - 0.6) < 1e-12)
    #expect(rows.allSatisfy { ($0.differenceCI95 ?? []).count == 2 })
  }

  /// For one set, the mean is the set. For two, the mean without one is the other.
  @Test(arguments: [(1, [["a"]]), (2, [["a", "b"], ["a"], ["b"]])])
  func noRowStandsThereTwice(sets: Int, expected: [[String]]) {
    #expect(Self.comparison(sets: sets).rows.map(\.sets) == expected)
  }

  @Test func theJSONReadsBackWithTheProjectsKeys() throws {
    let comparison = Self.comparison(sets: 2)
    let data = try JSONEncoder().encode(comparison)
    #expect(try JSONDecoder().decode(HindsightComparison.self, from: data) == comparison)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let row = try #require((object["rows"] as? [[String: Any]])?.first)
    #expect(row["auto_auroc"] as? Double == comparison.rows[0].autoAUROC && row["best"] as? String == "near")
  }
}

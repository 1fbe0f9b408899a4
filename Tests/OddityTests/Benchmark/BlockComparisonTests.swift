import Foundation
import Oddity
import Testing

@Suite struct BlockComparisonTests {
  /// The paper's charts of VGG-11, NormRatio against AUROC, and a kind that gives another order.
  private static func comparison() -> BlockComparison {
    let aurocs = [0.41, 0.57, 0.58, 0.77, 0.83, 0.91, 0.84, 0.82]
    let jigsaw = [0.87, 0.85, 0.98, 0.93, 1.47, 1.77, 1.56, 1.48]
    let noise: [Double?] = [nil, 1.2, 1.1, 1.1, 1.2, nil, 1.0, 0.9]
    return BlockComparison(
      kinds: ["jigsaw", "noise", "none"], sets: ["a", "b"],
      selected: SelectedBlock(index: 5, tensor: "block 5"),
      blocks: aurocs.indices.map { index in
        ComparedBlock(
          index: index, tensor: "block \(index)", channels: 8, positions: [4, 4],
          normRatios: [jigsaw[index], noise[index], nil],
          aurocs: [aurocs[index] - 0.01, aurocs[index] + 0.01])
      })
  }

  @Test func thePapersBlocksRankAsPublished() throws {
    let prediction = Self.comparison().predictions[0]
    #expect(abs(try #require(prediction.spearman) - 0.93) < 0.005)
    #expect(prediction.selected == SelectedBlock(index: 5, tensor: "block 5"))
    #expect(prediction.aurocLost == 0)
  }

  /// Blocks that are not eligible count for the best AUROC, but neither for the correlation nor for the
  /// selection. Among equal ratios, the first is selected.
  @Test func aKindThatMisleadsLosesAUROC() throws {
    let prediction = Self.comparison().predictions[1]
    #expect(prediction.selected == SelectedBlock(index: 1, tensor: "block 1"))
    #expect(abs(try #require(prediction.aurocLost) - (0.91 - 0.57)) < 1e-12)
    let eligible = RankCorrelation.spearman([1.2, 1.1, 1.1, 1.2, 1.0, 0.9], [57, 58, 77, 83, 84, 82])
    #expect(prediction.spearman == eligible)
  }

  @Test func aKindWithoutEligibleBlocksPredictsNothing() {
    let prediction = Self.comparison().predictions[2]
    #expect(prediction.spearman == nil && prediction.selected == nil && prediction.aurocLost == nil)
  }

  @Test func theJSONReadsBackWithTheProjectsKeys() throws {
    let comparison = Self.comparison()
    let data = try JSONEncoder().encode(comparison)
    #expect(try JSONDecoder().decode(BlockComparison.self, from: data) == comparison)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let block = try #require((object["blocks"] as? [[String: Any]])?[1])
    #expect(block["mean_auroc"] as? Double == comparison.blocks[1].meanAUROC)
    #expect((block["norm_ratios"] as? [Any])?.count == 3 && (block["aurocs"] as? [Any])?.count == 2)
    let prediction = try #require((object["predictions"] as? [[String: Any]])?[1])
    #expect(Set(prediction.keys) == ["kind", "spearman", "selected", "auroc_lost"])
  }
}

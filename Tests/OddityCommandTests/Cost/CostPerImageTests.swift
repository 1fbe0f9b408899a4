import TestSupport
import Testing

/// Limits the cost of scoring with counts that do not depend on the machine's speed. A change that costs more
/// fails here. If the cost is justified, raise the limit and give the reason in the commit.
@Suite(
  .enabled(if: ReleasedCommand.isBuilt, "make test links the released command first"),
  .enabled(if: TestedEngine.isOpenVINO, "the counts are those of the default engine"))
struct CostPerImageTests {
  /// The measured value (41.5; fractions come from work per batch) and half an allocation. One more per image
  /// exceeds it.
  private static let mostAllocations = 42.0
  /// The measured value (890,000, most of them to resize 160×120 pixels) and a tenth.
  private static let mostInstructions = 979_000.0

  private let command: ReleasedCommand

  init() throws { command = try ReleasedCommand() }

  @Test func anImageTakesNoMoreAllocations() throws {
    let measured = try command.allocationsPerImage()
    #expect(measured <= Self.mostAllocations)
    #expect(
      measured > Self.mostAllocations - 1, "fewer than the limit: lower it, so that one more is noticed")
  }

  @Test func oneMoreAllocationIsNoticed() throws {
    let measured = try command.allocationsPerImage(extra: 1)
    #expect(measured > Self.mostAllocations)
    #expect(measured <= Self.mostAllocations + 1)
  }

  @Test func anImageTakesNoMoreInstructions() throws {
    let measured = try command.instructionsPerImage()
    #expect(measured <= Self.mostInstructions)
    #expect(measured > 0.8 * Self.mostInstructions, "far fewer than the limit: lower it")
  }
}

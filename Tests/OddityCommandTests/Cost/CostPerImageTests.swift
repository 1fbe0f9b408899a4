import TestSupport
import Testing

/// Guards what scoring costs by counts that do not depend on the machine's speed. A change that costs more fails here; where
/// the cost is worth it, the limit is raised with the reason in the commit.
@Suite(
  .enabled(if: ReleasedCommand.isBuilt, "make test links the released command first"),
  .enabled(if: TestedEngine.isOpenVINO, "the counts are those of the default engine"))
struct CostPerImageTests {
  /// As measured (41.5; fractions are of what is done once a batch) and half of one: one more an image is beyond it.
  private static let mostAllocations = 42.0
  /// As measured (890,000, most of them to resize 160×120 pixels) and a tenth more.
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

import OddityFit
import OddityClassifier

/// How a suite is run, beyond what it says itself.
public struct BenchmarkOptions: Sendable {
  /// What makes pseudo-OOD images; the first kind selects the block, further ones are measured beside it.
  public var pseudoOOD: [PseudoOOD] = [.jigsaw]
  public var run = RunOptions()
  /// Told, a sentence at a time, what should be known about the results.
  public var note: @Sendable (String) -> Void = { _ in }

  public init() {}
}

import OddityClassifier
import ONNXGraph

/// A post-hoc OOD score: the tensors that it taps, what it learns from in-distribution images, and its
/// formula.
///
/// Higher is more in-distribution. The engine computes every score, so its cost is that of the forward pass,
/// and every detector can be exported. `docs/adding-a-score.md` explains how to write one.
package protocol Score: Sendable {
  static var description: ScoreDescription { get }

  init()

  /// The tensors of the classifier that the score reads.
  func taps(_ parameters: ScoreParameters) -> Set<Tap>

  /// The running sums over the fit part that it needs.
  var statistics: Set<FitStatistic> { get }

  /// Learns from the data.
  ///
  /// - Throws: ``OddityError`` `.usage` for parameters that do not suit the classifier or the images, with
  ///   the allowed range; `.badData` if there is nothing to learn from.
  func fitted(to data: FitData) throws -> FittedScore
}

extension Score {
  var statistics: Set<FitStatistic> { [] }
}

/// A score of the selected block. Any candidate may become the selected block.
protocol BlockScore: Score {
  /// The tensors of a block that it reads. A fit reads them for every candidate, a guarded model only for the
  /// selected block.
  func taps(at block: Block) -> Set<Tap>
}

/// A score that learns nothing.
protocol CompleteScore: Score {
  /// As ``FittedScore/score``.
  func score(_ x: ScoreInputs, _ parameters: ScoreParameters) -> Tensor
}

extension CompleteScore {
  func fitted(with parameters: ScoreParameters) -> FittedScore { FittedScore { score($0, parameters) } }

  func fitted(to data: FitData) -> FittedScore { fitted(with: data.parameters) }
}

/// A score that needs the classifier's last layer, `l = Wz + b`.
protocol LinearHeadScore: Score {
  /// As ``Score/fitted(to:)``, with W and b.
  func fitted(to data: FitData, head: LinearHead) throws -> FittedScore
}

extension LinearHeadScore {
  func taps(_ parameters: ScoreParameters) -> Set<Tap> { [.features, .logits] }

  func fitted(to data: FitData) throws -> FittedScore {
    try fitted(to: data, head: data.linearHead(for: Self.description.name))
  }
}

/// A score together with everything that it has learnt.
package struct FittedScore: Sendable {
  /// What was learnt, as `oddity inspect` shows it: numbers and words, but no tables.
  package let state: [String: ScoreState.Value]
  /// The score, float32 [N]; higher is more in-distribution.
  package let score: @Sendable (ScoreInputs) -> Tensor

  init(
    _ state: [String: ScoreState.Value] = [:], score: @escaping @Sendable (ScoreInputs) -> Tensor
  ) {
    (self.state, self.score) = (state, score)
  }
}

import OddityClassifier
import ONNXGraph

/// A post-hoc OOD score: what it taps, what it learns from in-distribution images, and its formula over the taps.
///
/// Higher is more in-distribution. The engine computes every score, so that it costs what the forward pass costs and
/// every detector can be exported. `docs/adding-a-score.md` walks through one.
package protocol Score: Sendable {
  static var description: ScoreDescription { get }

  init()

  /// What the score sees of the classifier.
  func taps(_ parameters: ScoreParameters) -> Set<Tap>

  /// Which running sums over the fit part it needs.
  var statistics: Set<FitStatistic> { get }

  /// Learns what is to be learnt.
  ///
  /// - Throws: ``OddityError`` `.usage` for parameters that do not suit the classifier or the images, with the allowed
  ///   range; `.badData` where there is nothing to learn from.
  func fitted(to data: FitData) throws -> FittedScore
}

extension Score {
  var statistics: Set<FitStatistic> { [] }
}

/// A score of the selected block, of which any candidate may become that.
protocol BlockScore: Score {
  /// What it sees of a block: in a fit of every candidate, in a guarded model of the selected one.
  func taps(at block: Block) -> Set<Tap>
}

/// A score that learns nothing: it is complete as it is.
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

/// A score with everything that it has learnt.
package struct FittedScore: Sendable {
  /// What was learnt, as `oddity inspect` shows it: numbers and words, no tables.
  package let state: [String: ScoreState.Value]
  /// The score, float32 [N]; higher is more in-distribution.
  package let score: @Sendable (ScoreInputs) -> Tensor

  init(
    _ state: [String: ScoreState.Value] = [:], score: @escaping @Sendable (ScoreInputs) -> Tensor
  ) {
    (self.state, self.score) = (state, score)
  }
}

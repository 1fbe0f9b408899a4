/// A post-hoc OOD score: what it taps, what it learns from in-distribution images, the nodes that compute it.
///
/// Higher is more in-distribution. The engine computes every score, so that it costs what the forward pass costs and
/// every detector can be exported. `docs/adding-a-score.md` walks through one.
protocol Score: Sendable {
  static var description: ScoreDescription { get }

  /// - Parameter parameters: of those that the description declares; defaults are filled in.
  init(_ parameters: ScoreParameters)

  /// What the score sees of the classifier.
  var taps: Set<Tap> { get }

  /// Which running sums over the fit part it needs.
  var statistics: Set<FitStatistic> { get }

  /// Learns what is to be learnt.
  ///
  /// - Throws: ``OddityError`` `.usage` for parameters that do not suit the classifier or the images, with the allowed
  ///   range; `.badData` where there is nothing to learn from.
  func fitted(to data: FitData) throws -> any FittedScore
}

extension Score {
  var statistics: Set<FitStatistic> { [] }
}

/// A score with everything that it has learnt.
protocol FittedScore: Sendable {
  /// What was learnt, as `oddity inspect` shows it: numbers and words, no tables.
  var state: [String: ScoreState.Value] { get }

  /// Appends the nodes and returns the tensor of the score, float32 [N]; higher is more in-distribution.
  func append(to nodes: inout ScoreNodes) -> String
}

extension FittedScore {
  var state: [String: ScoreState.Value] { [:] }
}

/// A running sum over the fit part.
enum FitStatistic: Hashable, Sendable {
  /// Mean and scatter of z, [D] and [D, D].
  case moments
  /// The same of z/‖z‖₂.
  case normalisedMoments
  /// Means of z by class, [C, D].
  case classMeans
  /// The same of z/‖z‖₂.
  case normalisedClassMeans
}

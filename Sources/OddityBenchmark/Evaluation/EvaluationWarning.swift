import OddityFit

/// Warnings that limit the meaning of an evaluation's numbers.
enum EvaluationWarning {
  /// - Parameters:
  ///   - agreement: of the ID images' predictions with their true classes; nil if these are unknown.
  ///   - folders: the folders that are counted as classes.
  ///   - confidence: the mean confidence over these images.
  static func all(
    _ inside: ScoredSet, _ outside: [ScoredSet], of guarded: GuardedModel, agreement: Agreement?,
    folders: [String]?, confidence: Double
  ) -> [Warning] {
    let accuracy = agreement.flatMap {
      AccuracyWarning.of(
        $0, confidence: confidence, set: "ID images", advice: AccuracyWarning.adviceForEvaluation,
        labels: guarded.metadata.labels, folders: folders)
    }
    return ([accuracy, seenInFit(inside, by: guarded)] + outside.map { copies(of: inside, in: $0) })
      .compactMap { $0 }
  }

  /// ID images on which the model was calibrated. They are recognised by their scores. Scores that several
  /// images share are ignored.
  /// Rounded scores are equal by chance.
  private static func seenInFit(_ set: ScoredSet, by guarded: GuardedModel) -> Warning? {
    let scores = (try? guarded.calibrationSample())?.scores ?? []
    guard !scores.areRounded else { return nil }
    let known = Set(scores.singles)
    let count = set.images.map(\.score).singles.count { known.contains($0) }
    guard isNotable(count, of: set.images.count) else { return nil }
    return Warning(
      .idSeenInFit,
      "\(count) of \(set.images.count) ID images have exactly the scores of images that \(guarded.model.name) was calibrated on: "
        + "\(.inDistribution) seems to be what it was fitted on, so that its numbers are better than on new images; pass "
        + "images that were not used to fit")
  }

  /// OOD images that are also ID images.
  private static func copies(of inside: ScoredSet, in set: ScoredSet) -> Warning? {
    let scores = inside.images.map(\.scores.values)
    guard !scores.joined().areRounded else { return nil }
    let known = Set(scores.singles)
    let count = set.images.map(\.scores.values).singles.count { known.contains($0) }
    guard isNotable(count, of: set.images.count) else { return nil }
    return Warning(
      .oodHoldsID,
      "\(count) of \(set.images.count) images of \(set.name) have exactly the scores of ID images, so they are the same images: "
        + "take them out of one of the sets")
  }

  /// At least one in fifty, and at least three, because chance alone explains smaller numbers.
  private static func isNotable(_ count: Int, of images: Int) -> Bool { count >= 3 && count * 50 >= images }
}

extension Array where Element: Hashable {
  /// The elements that occur once.
  fileprivate var singles: [Element] {
    let counts = reduce(into: [Element: Int]()) { $0[$1, default: 0] += 1 }
    return filter { counts[$0] == 1 }
  }
}

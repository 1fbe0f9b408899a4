import OddityScores

extension GuardedModel {
  /// Looks at all that the file carries beside its calibration. Scoring does without, so that opening does not take that time.
  ///
  /// - Throws: ``OddityError`` `.badModel` where something is damaged, or belongs to another model.
  public func checkParts() throws(OddityError) {
    if carriesSignatures { _ = try signatures() }
    _ = try learnedAccuracy()
    _ = try storedMap
    let named = [metadata.logitsOutput, metadata.probabilitiesOutput].compactMap { $0 }
    let outputs = Set(model.graph.outputs.map(\.name))
    guard let missing = named.first(where: { !outputs.contains($0) }) else { return }
    throw OddityError(
      .badModel,
      "\(model.name) has no output '\(missing)', in which its metadata say that answers are: fit it again")
  }
}

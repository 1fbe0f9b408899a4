import OddityScores

extension GuardedModel {
  /// Checks everything in the file that scoring does not need. It is a separate step, so that opening a file
  /// stays fast.
  ///
  /// - Throws: ``OddityError`` `.badModel` if a part is damaged, or belongs to another model.
  public func checkParts() throws(OddityError) {
    if carriesSignatures { _ = try signatures() }
    _ = try learnedAccuracy()
    _ = try storedMap
    let named = [metadata.logitsOutput, metadata.probabilitiesOutput].compactMap { $0 }
    let outputs = Set(model.graph.outputs.map(\.name))
    guard let missing = named.first(where: { !outputs.contains($0) }) else { return }
    throw OddityError(
      .badModel,
      "\(model.name) has no output '\(missing)', although its metadata name it: fit it again")
  }
}

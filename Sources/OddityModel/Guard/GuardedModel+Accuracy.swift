import OddityScores

extension GuardedModel {
  /// What the model knows about the accuracy of the classifier; nil if it was calibrated without labelled
  /// images of a separate source, or without signatures.
  ///
  /// - Throws: ``OddityError`` `.badModel` if it is damaged.
  package func learnedAccuracy() throws(OddityError) -> LearnedAccuracy? {
    guard let json = model.metadata[LearnedAccuracy.key] else { return nil }
    guard
      let accuracy = LearnedAccuracy(
        json: json, answers: signatureForm.answers.count, calibrationImages: metadata.calibrationSize)
    else {
      throw OddityError(
        .badModel, "\(model.name) has a damaged accuracy model, or one of another version: fit it again")
    }
    return accuracy
  }
}

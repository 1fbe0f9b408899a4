import OddityScores
import Engines

extension GuardedModel {
  /// The same model in a file that takes pixels, uint8 [N, height, width, 3] under the name `image`: red,
  /// green and blue of images of any size. Resize, crop and normalisation become nodes.
  ///
  /// Oddity scores with it in the same way as with the plain model. In addition to the inputs to verify a
  /// copy with, it stores two images.
  ///
  /// - Throws: ``OddityError`` `.badData` if the model was fitted on float arrays, or if the preprocessing
  ///   cannot be expressed as nodes; `.badModel` if it has a tensor called `image`, or returns its input as
  ///   an output; the engine's errors.
  public func takingRawInput(engine: Engine, options: RunOptions = RunOptions()) async throws -> GuardedModel
  {
    guard metadata.rawInput == nil else { return self }
    try checkRawInput()
    let metadata = metadata.takingRawInput
    // A file of an earlier Oddity may contain nothing to verify it with.
    guard model.metadata[GuardMetadata.verificationKey] != nil else {
      return try replacing(metadata: metadata, verification: nil)
    }
    let verification = try await verification().withRawImages(of: self, engine: engine, options: options)
    return try replacing(metadata: metadata, verification: verification.json())
  }

  /// - Throws: ``OddityError`` for everything that ``takingRawInput(engine:options:)`` refuses.
  package func checkRawInput() throws {
    try metadata.preprocessing.checkRawInput(of: model, input: metadata.input)
    try metadata.fittedOn?.checkRawInput()
    guard metadata.fittedOn == nil, !metadata.preprocessing.normalizationKnown else { return }
    throw OddityError(
      .badData,
      "\(model.name) does not store whether it was fitted on images or on float arrays, because an earlier "
        + "Oddity fitted it without \(.preprocessing): fit it again with both \(.preprocessing) and "
        + "\(.rawInput)")
  }
}

import OddityScores

extension GuardedModel {
  /// What the model knows about how its calibration images look to it.
  ///
  /// - Throws: ``OddityError`` `.badModel` if it contains no signatures, or damaged ones.
  package func signatures() throws(OddityError) -> StoredSignatures {
    guard let json = model.metadata[StoredSignatures.key] else {
      throw OddityError(
        .badModel,
        "\(model.name) carries no signatures to diagnose with: fit it again, with signatures and at least \(SignatureSample.least) calibration images"
      )
    }
    guard let signatures = StoredSignatures(json: json, classes: metadata.classes),
      signatures.features == signatureForm.features
    else {
      throw OddityError(
        .badModel, "\(model.name) has signatures that are damaged, or of another version: fit it again")
    }
    return signatures
  }

  /// Whether the model contains signatures.
  var carriesSignatures: Bool { model.metadata[StoredSignatures.key] != nil }

  /// The parts that signatures of the model consist of.
  var signatureForm: SignatureForm {
    SignatureForm(
      metadata.preprocessing, blocks: metadata.blocks.count, classes: metadata.classes,
      arrays: metadata.fittedOn?.onlyArrays)
  }
}

import OddityScores

extension GuardedModel {
  /// What the model knows of how its calibration images look to it.
  ///
  /// - Throws: ``OddityError`` `.badModel` where it carries nothing, or what it carries is damaged.
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

  /// Whether the model carries them.
  var carriesSignatures: Bool { model.metadata[StoredSignatures.key] != nil }

  /// What signatures of the model consist of.
  var signatureForm: SignatureForm {
    SignatureForm(
      metadata.preprocessing, blocks: metadata.blocks.count, classes: metadata.classes,
      arrays: metadata.fittedOn?.onlyArrays)
  }
}

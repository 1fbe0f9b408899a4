import OddityScores
import ONNXGraph

/// A guarded model less its calibration: what another one is appended to.
struct UncalibratedModel {
  let model: Model
  let metadata: GuardMetadata
  /// Of the calibrated score: a converter may have left it in half precision.
  let scoreType: ElementType

  /// - Parameter keepsMap: whether the output of the map of positions stays, where there is one.
  /// - Throws: ``OddityError`` `.badModel` where the calibrated score or the logits are missing, and where p-value or
  ///   verdict cannot be replaced since something else is computed from them.
  init(_ guarded: GuardedModel, keepsMap: Bool = true) throws {
    metadata = guarded.metadata
    scoreType = try guarded.scoreType
    let name = guarded.model.name
    guard guarded.model.graph.contains(metadata.logits) else {
      throw OddityError(
        .badModel,
        "\(name) has no tensor '\(metadata.logits)', which its metadata names as the logits: recalibrate a copy that was "
          + "not optimised, then optimise it again")
    }
    model = try guarded.model.removing(
      outputs: GuardedModel.Output.decisions
        + (keepsMap || metadata.map == nil ? [] : [GuardedModel.Output.map]),
      keeping: [metadata.logits],
      metadata: [
        GuardMetadata.key, CalibrationSample.key, GuardMetadata.verificationKey, StoredSignatures.key,
        LearnedAccuracy.key, StoredMap.key,
      ])
    if let taken = GuardedModel.Output.decisions.first(where: model.graph.contains) {
      throw OddityError(
        .badModel,
        "\(name) computes other outputs from '\(taken)', which a calibration replaces: recalibrate the model as it was "
          + "fitted, then append to it again")
    }
  }
}

extension GuardedModel {
  /// The element type of the calibrated score.
  fileprivate var scoreType: ElementType {
    get throws(OddityError) {
      guard let output = model.graph.outputs.first(where: { $0.name == Output.score }) else {
        throw OddityError(
          .badModel,
          "\(model.name) has no output '\(Output.score)', the score that is calibrated: recalibrate the model as it was "
            + "fitted, and convert it again")
      }
      let types: [ElementType] = [.float16, .bfloat16, .double]
      // A reader infers a type that a file does not tell; it is as Oddity wrote it then.
      return types.contains(output.elementType) ? output.elementType : .float
    }
  }
}

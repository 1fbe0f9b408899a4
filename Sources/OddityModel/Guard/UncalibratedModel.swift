import OddityScores
import ONNXGraph

/// A guarded model without its calibration, to which another one can be appended.
struct UncalibratedModel {
  let model: Model
  let metadata: GuardMetadata
  /// The type of the calibrated score, which a converter may have left in half precision.
  let scoreType: ElementType

  /// - Parameter keepsMap: whether to keep the output of the map of positions, if there is one.
  /// - Throws: ``OddityError`` `.badModel` if the calibrated score or the logits are missing, or if p-value
  ///   or verdict cannot be replaced because other nodes read them.
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
        "\(name) has nodes that were added later and read '\(taken)', which a recalibration replaces: "
          + "recalibrate the model as it was fitted, then add these nodes again")
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
      // If the file does not state the type, a reader infers it. The file then still has the type that Oddity
      // wrote.
      return types.contains(output.elementType) ? output.elementType : .float
    }
  }
}

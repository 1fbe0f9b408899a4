import OddityScores
import ONNXGraph

/// A classifier with all nodes of a guarded model appended, before the metadata are added.
package struct GuardedGraph {
  /// The model that the nodes are appended to.
  let model: Model
  let appendix: Appendix

  /// Appends scores and calibration to a classifier.
  ///
  /// The classifier's own nodes and outputs stay as they are, byte for byte.
  ///
  /// - Parameters:
  ///   - scores: in the order of `names`; the first is calibrated.
  ///   - taps: the tensors of the classifier that they read.
  ///   - form: the meaning of the logits.
  ///   - map: the map to add as a further output; nil for none.
  package init(
    _ classifier: Classifier, scores: [FittedScore], names: [String], taps: Set<Tap>, form: LogitForm,
    calibration: DetectorCalibration, std: PixelScale, map: PositionMap? = nil
  ) throws {
    try classifier.refuseTakenNames(scores: names, hasMap: map != nil)
    var appendix = Appendix(to: classifier.model)
    var tensors: [Tap: Tensor] = [:]
    for tap in taps.sorted(by: { $0.name < $1.name }) {
      tensors[tap] = try tap.append(to: &appendix, of: classifier, std: std)
    }
    let inputs = ScoreInputs(tensors, classes: classifier.classes, form: form)
    for (position, (name, score)) in zip(names, scores).enumerated() {
      appendix.addOutput(
        score.score(inputs), as: GuardedModel.Output.score(name, at: position), type: .float,
        batch: classifier.image)
    }
    appendix.addDecision(
      calibration, score: Tensor(named: GuardedModel.Output.score, rank: 1), logits: classifier.logitForm,
      batch: classifier.image)
    if let map { appendix.addMap(map, of: classifier) }
    (model, self.appendix) = (classifier.model, appendix)
  }

  /// Appends another calibration to a guarded model.
  ///
  /// - Parameter logits: what is known about the logits. nil treats them as rows of single precision. That is
  ///   right for every form, and the form is not stored in the file.
  init(
    _ uncalibrated: UncalibratedModel, calibration: DetectorCalibration, logits known: LogitTensor? = nil,
    looksAtLogits: Bool = true
  ) {
    let model = uncalibrated.model
    let metadata = uncalibrated.metadata
    var appendix = Appendix(to: model, scope: "recalibrated/")
    let score = Tensor(named: GuardedModel.Output.score, type: uncalibrated.scoreType, rank: 1)
    let logits =
      known
      ?? LogitTensor(
        tensor: metadata.logits, classes: metadata.classes, dims: [metadata.classes, 1],
        type: model.graph.hasOtherPrecision ? .float16 : .float)
    appendix.addDecision(
      calibration, score: uncalibrated.scoreType == .float ? score : score.cast(to: .float),
      logits: logits, batch: model.graph.inputs.first { $0.name == metadata.input },
      looksAtLogits: looksAtLogits)
    (self.model, self.appendix) = (model, appendix)
  }
}

extension Appendix {
  /// Appends a map as an output.
  package mutating func addMap(_ map: PositionMap, of classifier: Classifier) {
    addOutput(
      map.append(to: classifier), as: GuardedModel.Output.map, type: .float, batch: classifier.image,
      sides: [map.height, map.width])
  }

  /// Appends p-value and verdict of the calibrated score as outputs.
  ///
  /// - Parameters:
  ///   - score: float32 [N].
  ///   - looksAtLogits: whether an image is an outlier, whatever its score, if its logits are not numbers.
  ///     Earlier versions did not check this.
  fileprivate mutating func addDecision(
    _ calibration: DetectorCalibration, score: Tensor, logits: LogitTensor, batch: Graph.Value?,
    looksAtLogits: Bool = true
  ) {
    let rows = logits.rows()
    // A score of features before the logits can be a number although the logits are not. Nothing is then
    // known about the image. The sum is a number if the largest logit is one, even if another class is masked
    // by −∞, and NaN otherwise.
    let known = looksAtLogits ? score + (rows - rows.max(axis: 1, keep: true)).exp().sum(axis: 1) * 0 : score
    let decision =
      if let classes = calibration.classes {
        classes.decision(on: known, logits: rows)
      } else {
        calibration.pooled.decision(on: known)
      }
    addOutput(decision.pValue, as: GuardedModel.Output.pValue, type: .float, batch: batch)
    addOutput(decision.isOutlier, as: GuardedModel.Output.isOutlier, type: .bool, batch: batch)
  }
}

extension Classifier {
  /// Refuses classifiers that already have a tensor with a name that a guarded model adds.
  package func refuseTakenNames(scores: [String], hasMap: Bool = false) throws(OddityError) {
    let added =
      scores.enumerated().map { GuardedModel.Output.score($1, at: $0) } + GuardedModel.Output.decisions
      + (hasMap ? [GuardedModel.Output.map] : [])
    if let taken = added.first(where: model.graph.contains) {
      throw OddityError(
        .badModel,
        "\(model.name) already has a tensor called '\(taken)', which Oddity would add: rename it first")
    }
  }
}

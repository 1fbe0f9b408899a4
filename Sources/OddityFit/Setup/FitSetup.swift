import Foundation
import Imaging
import OddityModel
import ONNXGraph
import Engines

/// Everything that a fit knows before its pass over the images: the classifier, the options, and the blocks
/// and scores that they name.
package struct FitSetup {
  package let classifier: Classifier
  package private(set) var options: FitOptions
  /// How the logits become probabilities.
  let head: HeadKind
  /// A warning about class names in the model's file that are ignored.
  let namesWarning: String?
  package let preprocessing: ResolvedPreprocessing
  package let candidates: [Block]
  /// The position of the candidate that the user named.
  let namedCandidate: Int?
  /// The requested scores, and the score that FeatureNorm is compared with.
  package let plan: ScorePlan
  package let probe: ProbeGraph
  let shape: ImageShape
  package let engine: Engine
  /// The kinds of pseudo-OOD images that are made from a sample of the select part, to learn and to choose
  /// from. Requested kinds are made anyway, and are not among them.
  package let sampledKinds: [PseudoOOD]

  /// - Parameter resolved: the preprocessing if it is already resolved; that of the options is then ignored.
  package init(
    _ model: Model, engine: Engine, options: FitOptions, preprocessing resolved: ResolvedPreprocessing? = nil
  ) throws {
    var classifier = try Classifier(model, engine: engine, options: options)
    var options = options
    let classNames = ClassNames(of: model, classes: classifier.classes)
    try classifier.check(labels: options.labels)
    namesWarning = options.labels == nil ? classNames.warning : nil
    options.labels = options.labels ?? classNames.names
    head = options.head ?? classifier.headKind
    let form = LogitForm(head, classes: classifier.classes)
    if options.calibrationScope == .byClass { try form.checkCalibrationByClass(model: model.name) }
    let beside = [form.scoreToCompareWith].compactMap { $0 }
      .filter { !options.scores.isEmpty && !options.scores.contains($0) }
    var plan = try ScorePlan(
      options.scores, beside: beside, settings: options.settings, classifier: classifier, form: form,
      seed: options.seed, needsAll: options.needsAllScores)
    try classifier.refuseTakenNames(scores: options.scores.map(\.description), hasMap: options.map != nil)
    self.engine = engine
    preprocessing =
      try resolved
      ?? (options.preprocessing ?? Preprocessing()).resolved(
        inputShape: classifier.image.shape ?? [], inputType: try classifier.inputType)
    if options.rawInput {
      try preprocessing.checkRawInput(of: model, input: classifier.image.name)
    }
    if plan.needsGradient {
      classifier = try classifier.withAllShapes(engine: engine)
      do { _ = try classifier.gradient() } catch let error as OddityError {
        plan = try plan.withoutGradient(error)
      }
    }
    self.plan = plan
    (candidates, namedCandidate) = try classifier.candidates(options.block)
    shape = preprocessing.imageShape
    try shape.check(options.pseudoOOD)
    sampledKinds = plan.learnsFromPseudoOOD ? shape.fusionKinds(beside: options.pseudoOOD) : []
    self.options = options
    self.classifier = classifier
    let selectable = if let namedCandidate { [candidates[namedCandidate]] } else { candidates }
    try classifier.check(options.map, candidates: selectable)
    probe = try ProbeGraph(
      classifier, candidates: candidates, taps: plan.taps(at: selectable), std: preprocessing.pixelScale)
  }

  /// The images, divided into their parts.
  ///
  /// - Parameter shard: the shard of the fit that this is a part of; nil for the whole fit.
  /// - Throws: ``OddityError`` `.badData` if a temperature has to be fitted and no calibration image's class
  ///   is known.
  func data(
    _ inDistribution: [any ImageSource], calibration: [any ImageSource], shard: Shard? = nil
  ) throws(OddityError) -> InDistributionData {
    let labels = TrueLabels(classes: classifier.classes, names: options.labels)
    let fitsTemperature =
      plan.fitsTemperature
      && calibration.contains { source in
        (try? labels.truth(of: source))?.contains { $0 != nil } ?? false
      }
    if plan.requiresTemperature, !fitsTemperature { throw OddityError.unfittedTemperature }
    return InDistributionData(
      inDistribution: inDistribution, calibration: calibration, limit: options.limit, seed: options.seed,
      normRatioImages: options.normRatioImages, fitsTemperature: fitsTemperature,
      sampledKinds: sampledKinds.count, shard: shard ?? .whole, isPart: shard != nil)
  }

  /// The same setup with another warning.
  func warning(of warning: Warning?) -> FitSetup {
    var setup = self
    setup.options.warnings += [warning].compactMap { $0 }
    return setup
  }

  /// The form of the logits.
  var form: LogitForm { plan.form }

  /// All kinds of pseudo-OOD images: the requested ones, then those made from a sample.
  var kinds: [PseudoOOD] { options.pseudoOOD + sampledKinds }
}

extension Classifier {
  fileprivate init(_ model: Model, engine: Engine, options: FitOptions) throws {
    guard model.metadata[GuardMetadata.key] == nil else {
      throw OddityError(
        .alreadyGuarded, "\(model.name) is guarded already: fit the plain classifier that it was made from")
    }
    var named: [String] = []
    if case .named(let name) = options.block { named.append(name) }
    if case .named(let name) = options.map { named.append(name) }
    try self.init(model, engine: engine, input: options.input, logits: options.logits, tensors: named)
  }

  /// - Parameter candidates: the blocks, any of which may be selected.
  /// - Throws: ``OddityError`` `.usage` if a map cannot be made.
  fileprivate func check(_ map: FitOptions.MapChoice?, candidates: [Block]) throws(OddityError) {
    guard let map else { return }
    let blocks = if case .named(let name) = map { [try block(name, of: .mapBlock)] } else { candidates }
    for block in blocks { _ = try PositionMap(.featureNorm, at: block, model: model.name) }
  }

  /// The blocks to measure: those of the rule and, with its position, a further tensor that the user names.
  fileprivate func candidates(
    _ choice: FitOptions.BlockChoice
  ) throws(OddityError) -> (blocks: [Block], named: Int?) {
    guard case .named(let name) = choice else {
      if blocks.isEmpty { throw OddityError.noBlocks(in: self) }
      return (blocks, nil)
    }
    let named = try block(name)
    if let position = blocks.firstIndex(where: { $0.tensor == named.tensor }) { return (blocks, position) }
    return (blocks + [named], blocks.count)
  }

  fileprivate func check(labels: [String]?) throws(OddityError) {
    if let labels, labels.count != classes {
      throw OddityError(
        .badData,
        "\(.labels) has \(labels.count) names, but \(model.name) has \(classes) classes: one name a line")
    }
  }
}

extension ResolvedPreprocessing {
  /// The memory layout of one preprocessed image.
  var imageShape: ImageShape {
    layout == .nchw
      ? .channelsFirst(channels: sampleShape[0], height: sampleShape[1], width: sampleShape[2])
      : .channelsLast(height: sampleShape[0], width: sampleShape[1], channels: sampleShape[2])
  }
}

extension ImageShape {
  /// - Throws: `OddityError.usage` if there is no kind, if a kind occurs twice, or if the images are too
  ///   small for one.
  fileprivate func check(_ kinds: [PseudoOOD]) throws(OddityError) {
    guard !kinds.isEmpty, Set(kinds).count == kinds.count else {
      throw OddityError(.usage, "name at least one kind of pseudo-OOD images, and each kind only once")
    }
    for kind in kinds { try kind.check(self) }
  }

  /// The kinds to learn from that are not requested already. Kinds that the images are too small for are left
  /// out.
  fileprivate func fusionKinds(beside kinds: [PseudoOOD]) -> [PseudoOOD] {
    FusionRule.kinds.compactMap { try? PseudoOOD(parsing: $0) }.filter { kind in
      !kinds.contains(where: { $0.kindName == kind.kindName }) && (try? kind.check(self)) != nil
    }
  }
}

/// The classifier with every tap as a further output. One forward pass gives everything that blocks and
/// scores are measured by.
package struct ProbeGraph {
  let bytes: Data
  /// One output for each tap of the layout, float32 [N, width].
  let outputs: [String]
  /// FeatureNorm of every candidate, the logits, and then the other tensors that the scores tap.
  package let layout: TapLayout

  init(_ classifier: Classifier, candidates: [Block], taps: Set<Tap>, std: PixelScale) throws {
    let first = candidates.map { Tap.featureNorm($0) } + [.logits]
    let others = taps.subtracting(first).sorted { $0.name < $1.name }
    let layout = TapLayout(first + others, of: classifier)
    var appendix = Appendix(to: classifier.engineModel)
    // The outputs have their own names, because derived logits already are a tensor `oddity/logits`.
    outputs = layout.taps.map { "\(Appendix.prefix)probe/\($0.name)" }
    for (output, tap) in zip(outputs, layout.taps) {
      appendix.addOutput(try tap.append(to: &appendix, of: classifier, std: std), as: output)
    }
    self.layout = layout
    bytes = try appendix.appended(to: classifier.engineModel)
  }
}

import Imaging
import OddityScores
import ONNXGraph

/// The metadata of a guarded model, in `metadata_props["oddity"]` as JSON.
///
/// It contains everything that another program needs to reproduce the scores: the preprocessing with every
/// key explicit, and the tensors that the scores are computed from.
public struct GuardMetadata: Codable, Sendable {
  public static let key = "oddity"
  /// The key of the inputs and scores with which a copy is verified.
  static let verificationKey = "oddity.verification"
  /// Version 2 added what scores have learnt. Version 3 added calibration by class, and in other keys the
  /// calibration scores and the inputs to verify a copy with. Version 4 added the head and more kinds of
  /// preprocessing. Version 5 added files that take pixels, and only these have this version.
  public static let currentFormat = 5
  private static let formatOfPlainFiles = 4

  /// The version of this format.
  public var format = GuardMetadata.formatOfPlainFiles
  /// The version of Oddity that wrote the file.
  public var oddityVersion: String
  /// The calibrated score, whose output is `ood_score`.
  public var score: String
  /// All scores, in the order of the outputs.
  public var scores: [String]
  /// What each score has learnt; nil in files of version 1, whose scores learn nothing.
  public var state: [ScoreState]?
  /// The columns of the fusions among the scores; nil if there is no fusion, and in files of earlier
  /// versions.
  public var fusions: [FusionReport]?
  /// Why `auto` chose the calibrated score; nil if the user named the score, and in files of earlier
  /// versions.
  public var auto: AutoReport?
  /// The block whose FeatureNorm is used.
  public var block: SelectedBlock
  /// The candidate blocks with their NormRatios.
  public var blocks: [BlockReport]
  public var preprocessing: ResolvedPreprocessing
  /// What the detector was fitted on; nil in files of earlier versions.
  public var fittedOn: FittedInputs?
  /// The names of the classes by index, if they are known.
  public var labels: [String]?
  /// The graph input that takes images.
  public var input: String
  /// If the file takes pixels, the name of that input, which replaces `input`, uint8 [N, height, width, 3].
  /// Otherwise nil, and not written.
  public private(set) var rawInput: String?
  /// The tensor of the logits.
  public var logits: String
  /// The output with the values of the logits, for programs that see only outputs; nil if no output is known
  /// to hold them, and in files of earlier versions.
  public var logitsOutput: String?
  /// The output with a probability for each class, under the same conditions.
  public var probabilitiesOutput: String?
  public var classes: Int
  /// How the logits become probabilities; nil in files of versions 1 to 3, which use a softmax.
  public var head: HeadKind?
  /// The false-alarm rate, as the decimal number that the user typed.
  public var alpha: String
  public var confidence: Double?
  public var calibrationSize: Int
  /// The origin of the calibration scores; nil in older files, whose scores come from images.
  public var calibrationOrigin: CalibrationOrigin?
  /// k: an image is an outlier if 1 + #{calibration scores ≤ score} ≤ k.
  public var calibrationRank: Int
  /// The k-th smallest calibration score.
  public var threshold: Double
  public var falseAlarmInterval: [Double]
  /// The images over which p-values are taken; nil in files of versions 1 and 2, where it is all images.
  public var calibrationScope: CalibrationScope?
  /// For calibration by class, the groups that decide. `calibrationRank` and `threshold` are then those of
  /// all images.
  public var calibrationGroups: [CalibrationGroup]?
  /// The temperature T at which `max softmax(logits / T)` is the classifier's accuracy (Guo et al., ICML
  /// 2017); nil if the model was not calibrated on labelled images that are new to the classifier, and in
  /// files of earlier versions.
  public var confidenceTemperature: Double?
  /// The meaning of the output `ood_map`; nil, and not written, if there is none.
  public package(set) var map: MapReport?
  /// The number of images of the fit part predicted as each class, which identifies small classes; nil in
  /// files of versions 1 and 2.
  public var fitClassCounts: [Int]?
  /// The kinds of pseudo-OOD images, in the form that `PseudoOOD` parses. The first one selected the block.
  public var pseudoOOD: String
  public var seed: UInt64
  public var parts: PartCounts
  /// SHA-256 of the classifier's file, in hexadecimal.
  public var sourceSHA256: String

  private enum CodingKeys: String, CodingKey {
    case format
    case oddityVersion = "oddity_version"
    case score, scores, state, fusions, auto, block, blocks, preprocessing, labels, input, logits, classes,
      head
    case rawInput = "raw_input"
    case logitsOutput = "logits_output"
    case probabilitiesOutput = "probabilities_output"
    case fittedOn = "fitted_on"
    case alpha, confidence
    case calibrationSize = "calibration_size"
    case calibrationOrigin = "calibration_origin"
    case calibrationRank = "calibration_rank"
    case threshold
    case falseAlarmInterval = "false_alarm_interval"
    case calibrationScope = "calibration_by"
    case calibrationGroups = "calibration_groups"
    case confidenceTemperature = "confidence_temperature"
    case map
    case fitClassCounts = "fit_class_counts"
    case pseudoOOD = "pseudo_ood"
    case seed, parts
    case sourceSHA256 = "source_sha256"
  }
}

extension GuardMetadata {
  /// The metadata of a classifier with its scores and their calibration, just after the fit.
  ///
  /// - Parameters:
  ///   - scores: the first one is calibrated.
  ///   - fitClassCounts: the number of images of the fit part predicted as each class.
  ///   - pseudoOOD: the kinds of pseudo-OOD images, in the form that `PseudoOOD` parses.
  package init(
    of classifier: Classifier, head: HeadKind, scores: [ScoreName], state: [ScoreState],
    fusions: [FusionReport], auto: AutoReport?, block: SelectedBlock, blocks: [BlockReport],
    preprocessing: ResolvedPreprocessing, fittedOn: FittedInputs?, labels: [String]?,
    calibration: DetectorCalibration, confidence: Double?, fitClassCounts: [Int], pseudoOOD: String,
    seed: UInt64, parts: PartCounts, sourceSHA256: String
  ) {
    let answers = AnswerOutputs(of: classifier, head: head)
    self.init(
      oddityVersion: OddityFiles.oddityVersion, score: scores[0].description,
      scores: scores.map(\.description), state: state, fusions: fusions.isEmpty ? nil : fusions, auto: auto,
      block: block, blocks: blocks,
      preprocessing: preprocessing, fittedOn: fittedOn, labels: labels, input: classifier.image.name,
      logits: classifier.head.logits, logitsOutput: answers.logits,
      probabilitiesOutput: answers.probabilities, classes: classifier.classes, head: head, alpha: "",
      confidence: confidence, calibrationSize: 0, calibrationRank: 0, threshold: 0, falseAlarmInterval: [],
      fitClassCounts: fitClassCounts, pseudoOOD: pseudoOOD, seed: seed, parts: parts,
      sourceSHA256: sourceSHA256)
    take(calibration, from: .images)
  }

  /// Copies the results of a calibration into the metadata.
  package mutating func take(_ calibration: DetectorCalibration, from origin: CalibrationOrigin) {
    calibrationOrigin = origin
    alpha = calibration.pooled.alpha.description
    calibrationSize = calibration.pooled.scores.count
    calibrationRank = calibration.pooled.rank
    threshold = Double(calibration.pooled.threshold)
    falseAlarmInterval = calibration.falseAlarmInterval.ifFinite ?? [0, 1]
    calibrationScope = calibration.scope
    calibrationGroups = calibration.groupReports
    parts = PartCounts(
      fit: parts.fit, select: parts.select, calibrate: calibrationSize, temperature: parts.temperature)
  }

  /// The metadata of the same model in a file that takes pixels.
  var takingRawInput: GuardMetadata {
    var metadata = self
    metadata.rawInput = RawInput.name
    metadata.renewFormat()
    return metadata
  }

  /// Updates metadata of an earlier format to the current one.
  mutating func renewFormat() {
    format = rawInput == nil ? GuardMetadata.formatOfPlainFiles : GuardMetadata.currentFormat
    oddityVersion = OddityFiles.oddityVersion
  }

  /// The group of classes whose calibration decides on images of this predicted class; nil if all classes are
  /// calibrated together.
  package func calibrationGroup(ofClass index: Int) -> CalibrationGroup? {
    calibrationGroups?.first { $0.classes.contains(index) }
  }

  /// How the logits become probabilities.
  public var headKind: HeadKind { head ?? .softmax }

  /// Whether one of the scores uses the selected block.
  package var usesSelectedBlock: Bool {
    ScoreName.useSelectedBlock(scores + (fusions ?? []).flatMap { $0.columns.map(\.name) })
  }

  /// The kind of pseudo-OOD images that selected the block.
  package var selectingKind: String { String(pseudoOOD.prefix { $0 != "," }) }

  /// Whether the parts agree with each other. A file from elsewhere may contain anything.
  var isConsistent: Bool {
    (1...GuardMetadata.currentFormat).contains(format) && scores.first == score && classes > 0
      && calibrationSize > 0
      && falseAlarmInterval.count == 2 && (fitClassCounts.map(areCounts) ?? true)
      && (labels.map { $0.count == classes } ?? true)
      && parts.calibrate == calibrationSize && (state.map { $0.map(\.name) == scores } ?? true)
      && blocks.allSatisfy { $0.tensor != block.tensor || $0.index == block.index }
      && (fusions ?? []).allSatisfy(isLearnt)
      && (confidenceTemperature.map { $0 > 0 && $0.isFinite } ?? true)
      && preprocessing.isConsistent
  }

  /// Whether a fusion has as many columns as learnt weights.
  private func isLearnt(_ fusion: FusionReport) -> Bool {
    let columns = ScoreState.Value.number(Double(fusion.columns.count))
    let learnt = state?.first { $0.name == fusion.name }?.values["columns"]
    return learnt.map { $0 == columns } ?? true
  }

  private func areCounts(_ counts: [Int]) -> Bool {
    counts.count == classes && counts.allSatisfy { (0...1 << 40).contains($0) }
  }

  /// Whether one of the graph's inputs takes the result of the preprocessing.
  func fits(_ inputs: [Graph.Value]) -> Bool {
    guard let image = inputs.first(where: { $0.name == input }) else { return false }
    guard let shape = image.shape?.dropFirst() else { return true }
    return shape.count == 3 && zip(shape, preprocessing.sampleShape).allSatisfy { $0 == nil || $0 == $1 }
  }
}

/// The number of images in each part of the in-distribution data.
public struct PartCounts: Codable, Sendable, Equatable {
  public let fit: Int
  public let select: Int
  public let calibrate: Int
  /// nil, and not written, if no temperature was fitted.
  public var temperature: Int?

  package init(fit: Int, select: Int, calibrate: Int, temperature: Int?) {
    (self.fit, self.select, self.calibrate, self.temperature) = (fit, select, calibrate, temperature)
  }

  private enum CodingKeys: String, CodingKey {
    case fit, select, calibrate, temperature
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(fit, forKey: .fit)
    try container.encode(select, forKey: .select)
    try container.encode(calibrate, forKey: .calibrate)
    if let temperature { try container.encode(temperature, forKey: .temperature) }
  }
}

import OddityModel

/// The result of a fit, as `oddity fit --json` prints it.
///
/// A number that does not exist is null, for example the interval of a single image, or a value of a block
/// that is not eligible.
public struct FitReport: Codable, Sendable {
  public var selected: SelectedBlock
  public var blocks: [BlockReport]
  public var scores: [ScoreReport]
  /// Why `auto` chose the first score; nil if the user named it.
  public var auto: AutoReport?
  /// The columns of the fusions among the scores.
  public var fusions: [FusionReport]
  /// Properties of the network that make scores weak; nil if no score learns from the select part, or if the
  /// head is not a softmax.
  public var traits: NetworkTraits?
  /// The results for each kind of pseudo-OOD images. The first kind selects the block, and `blocks` and
  /// `scores` hold its results.
  public var pseudoOOD: [PseudoOODReport]
  /// The share of bootstrap resamples in which the selected block has the largest NormRatio.
  public var selectionStability: Double
  /// The block that has the largest NormRatio in most of the other resamples.
  public var runnerUp: SelectedBlock?
  public var parts: PartCounts
  public var alpha: Double
  /// The ⌊alpha·(n+1)⌋-th smallest calibration score.
  public var threshold: Double
  /// Central 95 % of the long-run false-alarm rate that this calibration set may give.
  public var falseAlarmInterval: [Double]
  /// The images over which p-values are taken.
  public var calibrationScope: CalibrationScope
  /// For calibration by class, the groups that decide instead of `threshold`, which is that of all classes
  /// together; otherwise nil.
  public var calibrationGroups: [CalibrationGroup]?
  /// The number of images that were used, including those for calibration.
  public var images: Int
  public var calibrationImages: Int
  /// The classifier's accuracy on the images of the fit and the select part whose true class is known; `nil`
  /// if there are none.
  public var idAccuracy: Double?
  /// The number of these images.
  public var idAccuracyImages: Int
  /// The accuracy on the calibration images.
  public var calibrationAccuracy: Double?
  public var calibrationAccuracyImages: Int
  /// The requested scores that could not be fitted, with the reasons.
  public var leftOut: [ScoreLeftOut]
  /// The warnings of the fit as one text, for the JSON. In Swift, `warnings` contains more.
  package var warning: String?
  /// All warnings.
  public var warnings: [Warning]
  /// Whether a softmax was assumed because nothing in the graph tells. Not part of the JSON.
  public var assumesSoftmax = false
  /// The guarded model's path.
  public var output: String?

  private enum CodingKeys: String, CodingKey {
    case selected, blocks, scores, auto, fusions, traits
    case pseudoOOD = "pseudo_ood"
    case selectionStability = "selection_stability"
    case runnerUp = "runner_up"
    case parts, alpha, threshold
    case falseAlarmInterval = "false_alarm_interval"
    case calibrationScope = "calibration_by"
    case calibrationGroups = "calibration_groups"
    case images
    case calibrationImages = "calibration_images"
    case idAccuracy = "id_accuracy"
    case idAccuracyImages = "id_accuracy_images"
    case calibrationAccuracy = "calibration_accuracy"
    case calibrationAccuracyImages = "calibration_accuracy_images"
    case leftOut = "left_out"
    case warning, warnings, output
  }
}

extension FitReport {
  /// Adds a warning. If it was already printed during the fit, it is not added to `warning`.
  mutating func add(_ warning: Warning?) {
    guard let warning else { return }
    warnings.append(warning)
    self.warning = warnings.filter { !Warning.saidOnTheWay.contains($0.code) }.joined
  }

  /// The warnings without those that were already printed before the first image, or for single images.
  public var warningsToSay: [Warning] { warnings.filter { !Warning.saidOnTheWay.contains($0.code) } }

  /// Whether one of the scores uses the selected block.
  public var usesSelectedBlock: Bool {
    ScoreName.useSelectedBlock(scores.map(\.name) + fusions.flatMap { $0.columns.map(\.name) })
  }

  /// The eligible block with the largest NormRatio; `nil` if none is eligible.
  public var largestNormRatio: BlockReport? {
    blocks.filter(\.eligible).max { ($0.normRatio ?? 0) < ($1.normRatio ?? 0) }
  }

  /// Whether NormRatio selects this block too, even if the user named it.
  public var isSelectedByNormRatio: Bool { largestNormRatio?.tensor == selected.tensor }
}

/// A fitted score, and how well it separates the select part from pseudo-OOD images made from it. For a
/// fusion the AUROC is measured with weights learnt from other images and other kinds, and there is no
/// interval.
public struct ScoreReport: Codable, Sendable {
  public let name: String
  public let aurocPseudo: Double?
  public let aurocPseudoCI95: [Double]?

  private enum CodingKeys: String, CodingKey {
    case name
    case aurocPseudo = "auroc_pseudo"
    case aurocPseudoCI95 = "auroc_pseudo_ci95"
  }

  /// - Parameter aurocOfFusion: the AUROC of a fusion, for which there are no pairs.
  init(_ name: ScoreName, auroc: PairedAUROC?, aurocOfFusion: Double? = nil) {
    self.name = name.description
    aurocPseudo = auroc?.value ?? aurocOfFusion
    aurocPseudoCI95 = auroc?.interval.ifFinite
  }
}

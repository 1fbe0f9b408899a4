import OddityModel

/// What a fit found, as `oddity fit --json` prints it.
///
/// A number that does not exist (an interval of a single image, a block that is not eligible) is null.
public struct FitReport: Codable, Sendable {
  public var selected: SelectedBlock
  public var blocks: [BlockReport]
  public var scores: [ScoreReport]
  /// Why `auto` chose the first of them; nil where it was named.
  public var auto: AutoReport?
  /// What the fusions among the scores consist of.
  public var fusions: [FusionReport]
  /// What of the network makes scores weak; nil where no score learns from the select part, or its head is no softmax.
  public var traits: NetworkTraits?
  /// What each kind of pseudo-OOD images says; the first selects, and what stands in `blocks` and `scores` is its.
  public var pseudoOOD: [PseudoOODReport]
  /// Share of bootstrap resamples in which the selected block has the largest NormRatio.
  public var selectionStability: Double
  /// The block that wins most of the other resamples.
  public var runnerUp: SelectedBlock?
  public var parts: PartCounts
  public var alpha: Double
  /// The ⌊alpha·(n+1)⌋-th smallest calibration score.
  public var threshold: Double
  /// Central 95 % of the long-run false-alarm rate that this calibration set may give.
  public var falseAlarmInterval: [Double]
  /// Over which images p-values are taken.
  public var calibrationScope: CalibrationScope
  /// By class, what decides in place of `threshold`, which is that of all classes together; else nil.
  public var calibrationGroups: [CalibrationGroup]?
  /// Images used, those for calibration among them.
  public var images: Int
  public var calibrationImages: Int
  /// Share of images classified correctly, of the images of the fit and the select part whose true class is known; `nil`
  /// where it is known of none.
  public var idAccuracy: Double?
  /// How many these are.
  public var idAccuracyImages: Int
  /// The same of the calibration images.
  public var calibrationAccuracy: Double?
  public var calibrationAccuracyImages: Int
  /// Scores that were asked for and could not be fitted, with the reason.
  public var leftOut: [ScoreLeftOut]
  /// What the fit found, as one text: a field of the JSON; in Swift `warnings` says more.
  package var warning: String?
  /// All that was warned of.
  public var warnings: [Warning]
  /// Whether one class of several is right because nothing tells otherwise; no part of the JSON.
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
  /// Warns of something more; what is said on the way is no part of `warning`.
  mutating func add(_ warning: Warning?) {
    guard let warning else { return }
    warnings.append(warning)
    self.warning = warnings.filter { !Warning.saidOnTheWay.contains($0.code) }.joined
  }

  /// What was warned of before the first image or in an image's place is left out: it was said there.
  public var warningsToSay: [Warning] { warnings.filter { !Warning.saidOnTheWay.contains($0.code) } }

  /// Whether something of the selected block enters one of the scores.
  public var usesSelectedBlock: Bool {
    ScoreName.useSelectedBlock(scores.map(\.name) + fusions.flatMap { $0.columns.map(\.name) })
  }

  /// The eligible block with the largest NormRatio; `nil` where none is eligible.
  public var largestNormRatio: BlockReport? {
    blocks.filter(\.eligible).max { ($0.normRatio ?? 0) < ($1.normRatio ?? 0) }
  }

  /// Whether the block is the one that NormRatio selects, even where the user named it.
  public var isSelectedByNormRatio: Bool { largestNormRatio?.tensor == selected.tensor }
}

/// A fitted score with how well it tells the select part from its own pseudo-OOD images; of a fusion by weights that were learnt
/// from other images and other kinds, and without an interval.
public struct ScoreReport: Codable, Sendable {
  public let name: String
  public let aurocPseudo: Double?
  public let aurocPseudoCI95: [Double]?

  private enum CodingKeys: String, CodingKey {
    case name
    case aurocPseudo = "auroc_pseudo"
    case aurocPseudoCI95 = "auroc_pseudo_ci95"
  }

  /// - Parameter aurocOfFusion: of a fusion, for which there are no pairs.
  init(_ name: ScoreName, auroc: PairedAUROC?, aurocOfFusion: Double? = nil) {
    self.name = name.description
    aurocPseudo = auroc?.value ?? aurocOfFusion
    aurocPseudoCI95 = auroc?.interval.ifFinite
  }
}

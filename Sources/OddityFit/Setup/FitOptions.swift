import Imaging
import OddityModel

/// What to fit, and how; the defaults are those of the command.
public struct FitOptions: Sendable {
  /// Which block FeatureNorm is taken of.
  public enum BlockChoice: Sendable, Equatable {
    /// The block with the largest NormRatio.
    case auto
    /// A block's index, or any tensor that is a feature map.
    case named(String)
  }

  /// Of which feature map each position's part of a score is told.
  public enum MapChoice: Sendable, Equatable {
    /// Of the energy, linearised, at the pooled map where energy is the calibrated score; else of FeatureNorm at its block.
    case auto
    /// Of FeatureNorm at another block: its index, or any tensor that is a feature map with height and width.
    case named(String)
  }

  public var block = BlockChoice.auto
  /// What makes pseudo-OOD images; the first kind selects the block, further ones are measured beside it.
  public var pseudoOOD: [PseudoOOD] = [.jigsaw]
  /// Whether NormRatio is taken over all of the ID images, as in the paper.
  public var paperSplit = false
  /// A seeded sample of so many images of each ID source.
  public var limit: Int?
  public var seed: UInt64 = 0
  /// The scores to fit; the first is the one that is calibrated.
  public var scores: [ScoreName] = [.auto]
  /// Parameters of scores that are not left as they are.
  public var settings = ScoreSettings()
  /// The false-alarm rate promised.
  public var alpha = Alpha.fivePercent
  /// With a confidence P the rate holds for a share P of calibration sets, not only on average.
  public var confidence: Double?
  /// Over which images p-values are taken.
  public var calibrationScope = CalibrationScope.all
  /// How images become tensors; `nil` scales values to [0, 1] and knows no mean.
  public var preprocessing: Preprocessing?
  /// The classes' names in the order of their indices.
  public var labels: [String]?
  /// The image input's name, where several inputs have four dimensions.
  public var input: String?
  /// The logits' name, where they are not found from the outputs.
  public var logits: String?
  /// How the logits become probabilities; nil where the graph is to tell.
  public var head: HeadKind?
  /// Whether the guarded model's file takes pixels, uint8 [N, height, width, 3], with resize, crop and normalisation as nodes.
  public var rawInput = false
  /// Whether the guarded model carries signatures of calibration images, by which ``Detector/diagnose(_:limit:failed:)`` tells
  /// whether other images reach it as those did; they cost as many passes as some 4,000 images.
  public var keepsSignatures = true
  /// Which feature map's positions the guarded model tells of, in its output `ood_map`; nil for none.
  public var map: MapChoice?
  public var run = RunOptions()
  /// Whether a score that cannot be fitted ends the fit, where else it is left out unless it is the first.
  package var needsAllScores = false
  /// What the user was warned of already, for the report to repeat.
  public var warnings: [Warning] = []

  public init() {}
}

extension FitOptions {
  /// Over which images NormRatio runs.
  var normRatioImages: NormRatioImages {
    if paperSplit { return .all }
    return block == .auto ? .fitPart : .selectPart
  }
}

import Imaging
import OddityModel

/// What to fit, and how. The defaults are those of the command.
public struct FitOptions: Sendable {
  /// The block whose FeatureNorm is used.
  public enum BlockChoice: Sendable, Equatable {
    /// The block with the largest NormRatio.
    case auto
    /// A block by its index, or any tensor that is a feature map.
    case named(String)
  }

  /// The feature map for which the contribution of each position is computed.
  public enum MapChoice: Sendable, Equatable {
    /// If energy is the calibrated score: the linearised energy at the pooled map. Otherwise FeatureNorm at
    /// its block.
    case auto
    /// FeatureNorm at another block, named by its index or by any feature map with height and width.
    case named(String)
  }

  public var block = BlockChoice.auto
  /// The kinds of pseudo-OOD images. The first one selects the block, and further ones are measured beside
  /// it.
  public var pseudoOOD: [PseudoOOD] = [.jigsaw]
  /// Whether NormRatio is computed over all ID images, as in the paper.
  public var paperSplit = false
  /// The size of a random sample of each ID source, drawn with the seed.
  public var limit: Int?
  public var seed: UInt64 = 0
  /// The scores to fit. The first one is calibrated.
  public var scores: [ScoreName] = [.auto]
  /// Parameters of scores that differ from their defaults.
  public var settings = ScoreSettings()
  /// The promised false-alarm rate.
  public var alpha = Alpha.fivePercent
  /// With a confidence P, the rate holds for a share P of calibration sets, not only on average.
  public var confidence: Double?
  /// The images over which p-values are taken.
  public var calibrationScope = CalibrationScope.all
  /// How images become tensors; `nil` scales values to [0, 1] without mean and std.
  public var preprocessing: Preprocessing?
  /// The names of the classes in the order of their indices.
  public var labels: [String]?
  /// The name of the image input, if several inputs have four dimensions.
  public var input: String?
  /// The name of the logits, if they are not found from the outputs.
  public var logits: String?
  /// How the logits become probabilities; nil derives it from the graph.
  public var head: HeadKind?
  /// Whether the guarded model's file takes pixels, uint8 [N, height, width, 3], with resize, crop and normalisation as nodes.
  public var rawInput = false
  /// Whether the guarded model contains signatures of calibration images, which
  /// ``Detector/diagnose(_:limit:failed:)`` needs to tell whether other images reach it in the same way. They
  /// cost as many forward passes as about 4,000 images.
  public var keepsSignatures = true
  /// The feature map whose positions the output `ood_map` of the guarded model describes; nil for none.
  public var map: MapChoice?
  public var run = RunOptions()
  /// Whether a score that cannot be fitted ends the fit. Otherwise it is left out, unless it is the first.
  package var needsAllScores = false
  /// Warnings that the user has already seen, for the report to repeat.
  public var warnings: [Warning] = []

  public init() {}
}

extension FitOptions {
  /// The images over which NormRatio is computed.
  var normRatioImages: NormRatioImages {
    if paperSplit { return .all }
    return block == .auto ? .fitPart : .selectPart
  }
}

import OddityStatistics
import Imaging

/// What a fit measured, beyond the numbers of its report: enough to draw it.
public struct FitMeasurements: Sendable {
  /// One image that was measured, and where it is found again.
  public struct Image: Sendable {
    /// The image's source, a position in ``sources``.
    public let source: Int
    /// Its position among the source's items.
    public let position: Int
    public let part: Part
    /// The calibrated score.
    public let score: Float
    public let pValue: Double
    public let isOutlier: Bool
  }

  /// What was measured with one kind of pseudo-OOD images.
  public struct Kind: Sendable {
    /// As `--pseudo-ood` takes it.
    public let name: String
    /// FeatureNorms that NormRatio is taken of, blocks in the report's order.
    package let norms: PairedNorms
    /// In the order of the report's scores.
    public let scores: [PairedScores]
  }

  /// One fitted score on the select part and on its pseudo-OOD images, in the same order.
  public struct PairedScores: Sendable {
    public let inDistribution: [Float]
    public let pseudoOOD: [Float]
  }

  /// The sources of the images, those of calibration last.
  public let sources: [any ImageSource]
  /// The images of the select and the calibrate part: those that no score was fitted to.
  public let images: [Image]
  /// In the order in which they were asked for; the first one selects.
  public let kinds: [Kind]
  package let calibration: DetectorCalibration
}

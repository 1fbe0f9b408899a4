import Foundation
import Imaging

/// What a guarded model says of one image.
public struct ScoredImage: Sendable {
  public let item: ImageItem
  /// The fitted scores in the order of the metadata's; the first is the calibrated one.
  public let scores: [Float]
  /// FeatureNorm of each block in the metadata's table; empty where the detector was not asked to measure it.
  public let norms: [Float]
  /// Conformal p-value: the share of in-distribution images expected to score as low or lower.
  public let pValue: Float
  public let isOutlier: Bool
  /// The predicted class.
  public let classIndex: Int
  /// The predicted class's probability: its softmax, or the sigmoid of its logit.
  public let confidence: Double

  /// The calibrated score; higher is more in-distribution.
  public var score: Float { scores[0] }
}

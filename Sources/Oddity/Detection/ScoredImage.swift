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

/// The decision of a classifier, from its logits.
struct Prediction {
  /// The class of the largest logit, the first of equals.
  let classIndex: Int
  private let logit: Double
  /// `Σ exp(l_c − l_ŷ)`, NaN if a logit is NaN.
  private let sum: Double

  /// - Parameter logits: one image's logits, at least one.
  init(logits: some Collection<Float>) {
    let values = Array(logits)
    let best = values.indices.reduce(0) { values[$1] > values[$0] ? $1 : $0 }
    sum = values.reduce(0.0) { $0 + exp(Double($1) - Double(values[best])) }
    classIndex = best
    logit = Double(values[best])
  }

  /// The probability of the predicted class; NaN if a logit is NaN.
  func confidence(by head: HeadKind) -> Double {
    switch head {
    case .softmax: 1 / sum
    case .sigmoid: sum.isNaN ? .nan : 1 / (1 + exp(-logit))
    }
  }
}

import Foundation
import Imaging

/// The result of a guarded model for one image.
public struct ScoredImage: Sendable {
  public let item: ImageItem
  /// The fitted scores by name; the first is the calibrated one.
  public let scores: NamedScores
  /// FeatureNorm of each block in the metadata's table; empty if the detector does not measure it.
  public let norms: [Float]
  /// Conformal p-value: the share of in-distribution images expected to score as low or lower.
  public let pValue: Float
  public let isOutlier: Bool
  /// The predicted class.
  public let classIndex: Int
  /// The name of the predicted class; nil if the model has no class names.
  public let label: String?
  /// The probability of the predicted class: its softmax, or the sigmoid of its logit.
  public let confidence: Double
  /// The same probability at a calibrated temperature (Guo et al., ICML 2017); nil if the model was not
  /// calibrated on labelled images that are new to the classifier.
  public let calibratedConfidence: Double?

  /// How much each position adds to a score. nil if the detector does not make maps, if values are not
  /// finite, and for tensors in the caller's memory.
  public var map: ScoreMap?

  /// The calibrated score; higher is more in-distribution.
  public var score: Float { scores.values[0] }
}

/// The fitted scores of an image with their names, in the order of the model's metadata.
///
/// Iterate with `for (name, value) in image.scores`; `image.scores["energy"]` is one of them.
public struct NamedScores: RandomAccessCollection, Sendable, Hashable {
  public let names: [String]
  /// One value for each name.
  public let values: [Float]

  public var startIndex: Int { 0 }
  public var endIndex: Int { values.count }

  public subscript(position: Int) -> (name: String, value: Float) { (names[position], values[position]) }

  /// The score with this name, or nil.
  public subscript(name: String) -> Float? { names.firstIndex(of: name).map { values[$0] } }
  public subscript(name: ScoreName) -> Float? { self[name.rawValue] }
}

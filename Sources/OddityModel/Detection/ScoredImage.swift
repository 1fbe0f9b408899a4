import Foundation
import Imaging

/// What a guarded model says of one image.
public struct ScoredImage: Sendable {
  public let item: ImageItem
  /// The fitted scores by name; the first is the calibrated one.
  public let scores: NamedScores
  /// FeatureNorm of each block in the metadata's table; empty where the detector was not asked to measure it.
  public let norms: [Float]
  /// Conformal p-value: the share of in-distribution images expected to score as low or lower.
  public let pValue: Float
  public let isOutlier: Bool
  /// The predicted class.
  public let classIndex: Int
  /// What the predicted class is called; nil where the model does not name its classes.
  public let label: String?
  /// The predicted class's probability: its softmax, or the sigmoid of its logit.
  public let confidence: Double
  /// The same at the temperature that calibrates it (Guo et al., ICML 2017); nil where the model was not calibrated on labelled images
  /// that are new to the classifier.
  public let calibratedConfidence: Double?

  /// Where the image adds how much to a score; nil where the detector was not asked for maps, for values that are not all numbers, and for
  /// tensors that a caller keeps in memory of its own.
  public var map: ScoreMap?

  /// The calibrated score; higher is more in-distribution.
  public var score: Float { scores.values[0] }
}

/// The fitted scores of an image with their names, in the order of the model's metadata.
///
/// `for (name, value) in image.scores` visits them; `image.scores["energy"]` is one of them.
public struct NamedScores: RandomAccessCollection, Sendable, Hashable {
  public let names: [String]
  /// One for each name.
  public let values: [Float]

  public var startIndex: Int { 0 }
  public var endIndex: Int { values.count }

  public subscript(position: Int) -> (name: String, value: Float) { (names[position], values[position]) }

  /// The score of this name; nil where none is called so.
  public subscript(name: String) -> Float? { names.firstIndex(of: name).map { values[$0] } }
  public subscript(name: ScoreName) -> Float? { self[name.rawValue] }
}

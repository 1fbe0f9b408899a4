/// What scores learn from.
struct FitData: Sendable {
  /// C
  let classes: Int
  /// The linear head; `nil` where none was found, or no score needs it.
  let head: LinearHead?
  /// The selected block.
  let block: Block
  /// A seeded sample of the fit part, at most ``sampleSize`` images, in the order of their sampling keys: all of them
  /// where there are no more.
  let sample: FeatureTable
  /// The same of the select part: held-out images, for what may not be learnt from training images.
  let select: FeatureTable
  /// The std of the preprocessing by channel; nil where none is known.
  let std: [Double]?
  /// Smallest value of any feature over the fit part.
  let smallestFeature: Float
  let seed: UInt64

  /// Rows that a second look is taken at.
  static let sampleSize = 10_000

  /// Whether fit saw negative features: scores that assume z ≥ 0 then take ReLU first.
  var hasNegativeFeatures: Bool { smallestFeature < 0 }
}

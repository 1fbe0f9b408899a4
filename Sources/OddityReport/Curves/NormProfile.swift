/// FeatureNorm from the first block to the last, of one set of images.
struct NormProfile: Sendable {
  let name: String
  let style: SeriesStyle
  /// One for each block, in units of the ID images' mean at that block.
  let blocks: [Spread]

  /// - Parameters:
  ///   - norms: `norms[b][i]` is FeatureNorm of image i at block b.
  ///   - unit: the ID images' mean at each block.
  init(name: String, style: SeriesStyle, norms: [[Float]], unit: [Double]) {
    (self.name, self.style) = (name, style)
    blocks = zip(norms, unit).map { Spread($0).divided(by: $1) }
  }

  /// Of a set of which only the means are known.
  ///
  /// - Parameter means: at each block, in units of the ID images' mean there; NaN where it is not known.
  init(name: String, style: SeriesStyle, means: [Double]) {
    (self.name, self.style) = (name, style)
    blocks = means.map { Spread(mean: $0) }
  }

  /// The mean of each block's finite norms.
  static func means(_ norms: [[Float]]) -> [Double] { norms.map { Spread($0).mean } }
}

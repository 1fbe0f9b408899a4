import Foundation
import OddityModel

/// `blur[:SIGMA]`: a Gaussian blur; SIGMA in pixels, by default a sixteenth of the shorter side, at least 1.
///
/// Each channel is convolved along the columns, then along the rows, with `w_k = exp(−k² / 2σ²)` for |k| up to
/// ⌊4σ + ½⌋, divided by their sum; beyond an edge the edge's pixel repeats. In double precision, rounded once at the
/// end: `scipy.ndimage.gaussian_filter(channel, σ, mode="nearest")`. Nothing is random.
struct Blur: PseudoOODTransform {
  static let kind = "blur"
  static let strengthName: String? = "SIGMA"
  static let sigmas = 0.25...100.0

  /// In pixels; `nil` goes by the image's size.
  let sigma: Double?

  init(strength: StrengthText) throws(OddityError) {
    sigma = try strength.number(in: Self.sigmas)
  }

  var strength: String? { sigma.map { Numbers.shortest($0) } }

  func write(_ image: SourceImage, into pseudo: UnsafeMutableBufferPointer<Float>) {
    let shape = image.shape
    let weights = Self.weights(sigma: sigma ?? max(1, Double(min(shape.height, shape.width)) / 16))
    for channel in 0..<shape.channels {
      var plane: [Double] = []
      shape.forEachPixel(of: channel) { plane.append(Double(image.values[$0])) }
      let across = Self.convolvedAndTransposed(plane, height: shape.height, width: shape.width, by: weights)
      let both = Self.convolvedAndTransposed(across, height: shape.width, width: shape.height, by: weights)
      var pixels = 0
      shape.forEachPixel(of: channel) {
        pseudo[$0] = Float(both[pixels])
        pixels += 1
      }
    }
  }

  /// w_{−R}, …, w_R with R = ⌊4σ + ½⌋; their sum is 1.
  private static func weights(sigma: Double) -> [Double] {
    let radius = Int(4 * sigma + 0.5)
    let weights = (-radius...radius).map { exp(-Double($0 * $0) / (2 * sigma * sigma)) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }

  /// Convolves each column of a plane [height, width], and gives it back [width, height].
  private static func convolvedAndTransposed(
    _ plane: [Double], height: Int, width: Int, by weights: [Double]
  ) -> [Double] {
    let radius = weights.count / 2
    var result = Array(repeating: 0.0, count: plane.count)
    var sums = Array(repeating: 0.0, count: width)
    for row in 0..<height {
      for column in 0..<width { sums[column] = 0 }
      for (place, weight) in weights.enumerated() {
        let start = min(max(row + place - radius, 0), height - 1) * width
        for column in 0..<width { sums[column] += weight * plane[start + column] }
      }
      for column in 0..<width { result[column * height + row] = sums[column] }
    }
    return result
  }
}

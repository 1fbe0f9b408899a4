import Imaging
import OddityModel

/// `blur[:SIGMA]`: a Gaussian blur. SIGMA is in pixels. Its default is a sixteenth of the shorter side, at
/// least 1.
///
/// Each channel is convolved along the columns, then along the rows, with `w_k = exp(−k² / 2σ²)` for |k| up
/// to ⌊4σ + ½⌋, divided by their sum. Beyond an edge, the edge's pixel repeats. The computation is in double
/// precision, rounded once at the end: `scipy.ndimage.gaussian_filter(channel, σ, mode="nearest")`. Nothing
/// is random.
struct Blur: PseudoOODTransform {
  static let kind = "blur"
  static let strengthName: String? = "SIGMA"
  static let sigmas = 0.25...100.0

  /// In pixels; `nil` derives it from the image's size.
  let sigma: Double?

  init(strength: StrengthText) throws(OddityError) {
    sigma = try strength.number(in: Self.sigmas)
  }

  var strength: String? { sigma.map { Numbers.shortest($0) } }

  func write(_ image: SourceImage, into pseudo: UnsafeMutableBufferPointer<Float>) {
    let shape = image.shape
    let filter = GaussianFilter(sigma: sigma ?? max(1, Double(min(shape.height, shape.width)) / 16))
    for channel in 0..<shape.channels {
      var plane: [Double] = []
      shape.forEachPixel(of: channel) { plane.append(Double(image.values[$0])) }
      let blurred = filter.blurred(plane, height: shape.height, width: shape.width)
      var pixels = 0
      shape.forEachPixel(of: channel) {
        pseudo[$0] = Float(blurred[pixels])
        pixels += 1
      }
    }
  }
}

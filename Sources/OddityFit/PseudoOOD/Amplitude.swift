import OddityModel

/// `amplitude`: the image with the phases of its Fourier spectrum and the amplitudes of another
/// in-distribution image.
///
/// For each channel, take the two-dimensional discrete Fourier transforms X of the image and D of the donor,
/// which one draw of the kind's stream chooses. The result is `X / |X| · |D|`. If |X| ≤ 1e-12 · (Σ|x| +
/// Σ|d|), with sums over the channel's values, the phase of the frequency is only rounding, and the frequency
/// becomes 0. The result may leave the image's range. A constant image becomes constant, with the donor's
/// mean.
/// Source: Chen et al., *Amplitude-Phase Recombination*, ICCV 2021, who recombine two images of a batch
/// (APR-P).
struct Amplitude: PseudoOODTransform {
  static let kind = "amplitude"
  static let needsDonors = true
  /// The amplitude that rounding may leave at an absent frequency, relative to the sum of a channel's
  /// magnitudes.
  private static let rounding = 1e-12

  init(strength: StrengthText) {}

  func write(_ image: SourceImage, into pseudo: UnsafeMutableBufferPointer<Float>) throws(OddityError) {
    let shape = image.shape
    var generator = image.random.stream(of: Self.kind)
    let donor = try image.donor(of: Self.kind, using: &generator)
    for channel in 0..<shape.channels {
      let result = Self.recombined(image, donor, channel).plane()
      var pixel = 0
      shape.forEachPixel(of: channel) {
        pseudo[$0] = Float(result[pixel].x)
        pixel += 1
      }
    }
  }

  private static func recombined(_ image: SourceImage, _ donor: Donor, _ channel: Int) -> Spectrum {
    let shape = image.shape
    let plane = image.plane(channel) { Complex(Double(image.values[$0]), Double(donor.values[$0])) }
    let limit = rounding * plane.reduce(0) { $0 + abs($1.x) + abs($1.y) }
    // One transform for both: for real planes x and d, it transforms x + id and gives X + iD.
    let both = Spectrum(of: plane, height: shape.height, width: shape.width)
    return Spectrum(height: shape.height, width: shape.width) { k, l in
      let (here, mirror) = (both[k, l], both.mirror(k, l).conjugate)
      let own = (here + mirror) / 2
      let size = own.magnitude
      // A size that is not finite is not rounding, so it is kept.
      return size <= limit ? .zero : own * ((here - mirror).magnitude / 2 / size)
    }
  }
}

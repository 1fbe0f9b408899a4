import OddityModel

/// `invert`: the negative of the image.
///
/// `min + max − x` with minimum and maximum of the channel in this image, so that ranges do not change.
/// Nothing is random.
struct Invert: PseudoOODTransform {
  static let kind = "invert"

  init(strength: StrengthText) {}

  func write(_ image: SourceImage, into pseudo: UnsafeMutableBufferPointer<Float>) {
    for (channel, range) in image.ranges().enumerated() {
      let sum = range.least + range.greatest
      image.shape.forEachPixel(of: channel) { pseudo[$0] = Float(sum - Double(image.values[$0])) }
    }
  }
}

import OddityStatistics
import OddityFiles

/// `uniform-noise`: every value replaced by a uniform one between the least and the greatest of its channel.
///
/// `min + u · (max − min)` with u in [0, 1) drawn from the kind's stream in the order channel, row, column, whatever
/// the layout; minimum and maximum are those of this image. Nothing of the image is left but its ranges.
struct UniformNoise: PseudoOODTransform {
  static let kind = "uniform-noise"

  init(strength: StrengthText) throws(OddityError) {
    try strength.none()
  }

  func write(_ image: SourceImage, into pseudo: UnsafeMutableBufferPointer<Float>) {
    var generator = image.random.stream(of: Self.kind)
    for channel in 0..<image.shape.channels {
      var (least, greatest) = (Double.infinity, -Double.infinity)
      image.shape.forEachPixel(of: channel) {
        least = min(least, Double(image.values[$0]))
        greatest = max(greatest, Double(image.values[$0]))
      }
      image.shape.forEachPixel(of: channel) {
        pseudo[$0] = Float(least + generator.nextUnit() * (greatest - least))
      }
    }
  }
}

import Foundation
import OddityModel

/// `gaussian-noise[:STD]`: x + STD · n with a standard normal n for every value, in the units of the
/// preprocessed pixels (STD 1).
///
/// After normalisation by mean and std, 1 is about the spread of the images themselves. The normals are drawn
/// in the order channel, row, column, for any layout. Every two draws u₁ and u₂ in [0, 1) of the kind's
/// stream give two of them: `r cos 2πu₂`, then `r sin 2πu₂`, with `r = √(−2 ln(1 − u₁))` (Box & Muller, Ann.
/// Math. Stat. 29, 1958).
struct GaussianNoise: PseudoOODTransform {
  static let kind = "gaussian-noise"
  static let strengthName: String? = "STD"
  static let deviations = 0.01...100.0

  /// The standard deviation, in units of preprocessed pixels.
  let deviation: Double

  init(strength: StrengthText) throws(OddityError) {
    deviation = try strength.number(in: Self.deviations) ?? 1
  }

  var strength: String? { Numbers.shortest(deviation) }

  func write(_ image: SourceImage, into pseudo: UnsafeMutableBufferPointer<Float>) {
    var normals = NormalNumbers(image.random.stream(of: Self.kind))
    image.shape.forEachValue { pseudo[$0] = Float(Double(image.values[$0]) + deviation * normals.next()) }
  }
}

extension ImageShape {
  /// Calls `body` with the index of every value, in the order channel, row, column, for any layout.
  func forEachValue(_ body: (Int) -> Void) {
    for channel in 0..<channels { forEachPixel(of: channel, body) }
  }

  /// Calls `body` with the index of every value of a channel, row by row.
  func forEachPixel(of channel: Int, _ body: (Int) -> Void) {
    for pixel in 0..<pixelCount { body(channel * channelStride + pixel * pixelStride) }
  }
}

/// `uniform-noise`: every value is replaced by a uniform one between the least and the greatest of its
/// channel.
///
/// `min + u · (max − min)` with u in [0, 1), drawn from the kind's stream in the order channel, row, column,
/// for any layout. Minimum and maximum are those of this image. Only the ranges of the image remain.
struct UniformNoise: PseudoOODTransform {
  static let kind = "uniform-noise"

  init(strength: StrengthText) {}

  func write(_ image: SourceImage, into pseudo: UnsafeMutableBufferPointer<Float>) {
    var generator = image.random.stream(of: Self.kind)
    for (channel, range) in image.ranges().enumerated() {
      image.shape.forEachPixel(of: channel) { pseudo[$0] = Float(range.value(at: generator.nextUnit())) }
    }
  }
}

import Foundation
import OddityModel

/// `pink[:EXPONENT]`: clouds of 1/f noise in two random colours.
///
/// The noise is the real plane whose Fourier spectrum has amplitude `f^−e` for an exponent e (1.3) and random
/// phases. f is the frequency in cycles per pixel, `f² = (min(k, H−k)/H)² + (min(l, W−l)/W)²`. Frequency 0
/// has amplitude 0. The noise, scaled to 0 … 1 by its minimum and maximum, is the share of a second colour in
/// a first one. The draws of the kind's stream give both colours (for each channel `min + u · (max − min)`,
/// with minimum and maximum of the channel in this image), then the phases, as in
/// `Spectrum(randomPhasesOf:)`. A single pixel has the first colour.
struct Pink: PseudoOODTransform {
  static let kind = "pink"
  static let strengthName: String? = "EXPONENT"
  static let exponents = 0.0...4.0

  /// The exponent by which amplitudes fall with the frequency.
  let exponent: Double

  init(strength: StrengthText) throws(OddityError) {
    exponent = try strength.number(in: Self.exponents) ?? 1.3
  }

  var strength: String? { Numbers.shortest(exponent) }

  func write(_ image: SourceImage, into pseudo: UnsafeMutableBufferPointer<Float>) {
    let shape = image.shape
    var generator = image.random.stream(of: Self.kind)
    let ranges = image.ranges()
    let (first, second) = (ranges.colour(using: &generator), ranges.colour(using: &generator))
    let phases = Spectrum(randomPhasesOf: shape.height, shape.width, using: &generator)
    let spectrum = Spectrum(height: shape.height, width: shape.width) { k, l in
      phases[k, l] * amplitude(k, l, shape)
    }
    let noise = spectrum.plane().map(\.x)
    let range = ChannelRange(least: noise.reduce(.infinity, min), greatest: noise.reduce(-.infinity, max))
    image.blend(first, second, shares: noise.map(range.share), into: pseudo)
  }

  private func amplitude(_ k: Int, _ l: Int, _ shape: ImageShape) -> Double {
    guard k + l > 0 else { return 0 }
    let down = Double(min(k, shape.height - k)) / Double(shape.height)
    let across = Double(min(l, shape.width - l)) / Double(shape.width)
    return pow(down * down + across * across, -exponent / 2)
  }
}

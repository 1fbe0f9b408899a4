import OddityModel

/// The least and the greatest value of one channel of an image.
///
/// Kinds that invent values stay within these ranges, since they do not know what preprocessing has made of colours.
/// A channel that is constant stays so.
struct ChannelRange {
  let least: Double
  let greatest: Double

  /// The least for 0, the greatest for 1.
  func value(at share: Double) -> Double { least + share * (greatest - least) }

  /// Inverse to `value(at:)`; 0 in a channel that is constant.
  func share(of value: Double) -> Double { greatest > least ? (value - least) / (greatest - least) : 0 }
}

extension SourceImage {
  /// Of each channel.
  func ranges() -> [ChannelRange] {
    (0..<shape.channels).map { channel in
      var (least, greatest) = (Double.infinity, -Double.infinity)
      shape.forEachPixel(of: channel) {
        least = min(least, Double(values[$0]))
        greatest = max(greatest, Double(values[$0]))
      }
      return ChannelRange(least: least, greatest: greatest)
    }
  }

  /// Writes an image of two colours: `from + share · (to − from)`.
  ///
  /// - Parameters:
  ///   - from: a value for each channel; `to` too.
  ///   - shares: one for each pixel, row by row.
  func blend(
    _ from: [Double], _ to: [Double], shares: [Double], into pseudo: UnsafeMutableBufferPointer<Float>
  ) {
    for channel in 0..<shape.channels {
      var pixel = 0
      shape.forEachPixel(of: channel) {
        pseudo[$0] = Float(from[channel] + shares[pixel] * (to[channel] - from[channel]))
        pixel += 1
      }
    }
  }
}

extension [ChannelRange] {
  /// The same share of every channel's range: grey, where the image's channels have about the same range.
  func grey(_ share: Double) -> [Double] { map { $0.value(at: share) } }

  /// One draw for each channel.
  func colour(using generator: inout SplitMix64) -> [Double] {
    map { $0.value(at: generator.nextUnit()) }
  }
}

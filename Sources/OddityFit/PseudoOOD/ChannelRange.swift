import OddityModel

/// The least and the greatest value of one channel of an image.
///
/// Kinds that invent values stay within these ranges, because they do not know how preprocessing transformed
/// colours. A constant channel stays constant.
struct ChannelRange {
  let least: Double
  let greatest: Double

  /// The least value for 0, the greatest for 1.
  func value(at share: Double) -> Double { least + share * (greatest - least) }

  /// The inverse of `value(at:)`; 0 in a constant channel.
  func share(of value: Double) -> Double { greatest > least ? (value - least) / (greatest - least) : 0 }
}

extension SourceImage {
  /// The range of each channel.
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
  ///   - from: a value for each channel; `to` likewise.
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
  /// The same share of every channel's range. It is grey if the channels have about the same range.
  func grey(_ share: Double) -> [Double] { map { $0.value(at: share) } }

  /// A colour with one draw for each channel.
  func colour(using generator: inout SplitMix64) -> [Double] {
    map { $0.value(at: generator.nextUnit()) }
  }
}

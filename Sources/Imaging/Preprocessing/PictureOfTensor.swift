extension ResolvedPreprocessing {
  /// The picture that a preprocessed tensor shows: normalisation undone, rounded and cut to 8 bits.
  ///
  /// Where mean and std are unknown, the values are stretched from the least to the greatest. What is not a number
  /// becomes black.
  ///
  /// - Returns: nil where there are not `sampleCount` values.
  public func picture(of values: [Float]) -> PixelImage? {
    guard values.count == sampleCount else { return nil }
    let range = values.filter(\.isFinite).reduce(into: (least: Float.infinity, greatest: -Float.infinity)) {
      $0 = (min($0.least, $1), max($0.greatest, $1))
    }
    let count = channels.count
    let plane = size.height * size.width
    var pixels = [UInt8](repeating: 0, count: values.count)
    for channel in 0..<count {
      let shown = channels == .bgr ? count - 1 - channel : channel
      for position in 0..<plane {
        let value = values[layout == .nchw ? channel * plane + position : position * count + channel]
        let level =
          normalizationKnown
          ? (Double(value) * std[channel] + mean[channel]) / rescaleFactor
          : 255 * Double(value - range.least) / Double(range.greatest - range.least)
        pixels[position * count + shown] = level.isFinite ? UInt8(min(max(level.rounded(), 0), 255)) : 0
      }
    }
    return PixelImage(width: size.width, height: size.height, channels: count, pixels: pixels)
  }
}

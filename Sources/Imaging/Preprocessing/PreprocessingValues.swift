extension Preprocessing {
  /// Whether it specifies the values that bytes become.
  package var saysValues: Bool { mean != nil || std != nil || rescaleFactor != nil }

  /// The range of values that reach a floating-point model; nil if it is not specified.
  package var valueRange: ClosedRange<Float>? {
    guard saysValues else { return nil }
    let values = (0..<max(mean?.count ?? 1, std?.count ?? 1)).flatMap { channel in
      [0, 255].map { Float(($0 * factor - value(mean, channel, 0)) / value(std, channel, 1)) }
    }
    guard let least = values.min(), let largest = values.max(), least.isFinite, largest.isFinite else {
      return nil
    }
    return least...largest
  }

  /// Why mean and std seem to have other units than the values that they are applied to; nil if they do not.
  package var doubtOfUnits: String? {
    let largest = 255 * abs(factor)
    let said = [("mean", mean ?? []), ("std", std ?? [])]
    let isTooLarge = said.first { $0.1.contains { abs($0) > max(largest, 1) * Self.tolerance } }
    if let (key, values) = isTooLarge {
      return
        "'\(key)' \(values) is outside the range of values that it applies to, 0 to \(Self.text(largest)): "
        + "did you mean values of 0 to 255, with \"rescale_factor\": 1? Otherwise give mean and std for "
        + "values of 0 to 1"
    }
    let small = said.allSatisfy { !$0.1.isEmpty && $0.1.allSatisfy { abs($0) < 1 } }
    guard small, largest >= 255, mean?.contains(where: { $0 != 0 }) == true else { return nil }
    return
      "'mean' \(mean ?? []) and 'std' \(std ?? []) look like those of values of 0 to 1, but \"rescale_factor\" leaves values of 0 to "
      + "\(Self.text(largest)): did you mean 1/255? Leave it out then"
  }

  private var factor: Double { rescaleFactor ?? 1 / 255 }

  /// Caffe's means in other units are slightly above 255 or 1, by rounding.
  private static let tolerance = 1.05

  private static func text(_ value: Double) -> String {
    value == value.rounded() ? "\(Int(value))" : "\((value * 1000).rounded() / 1000)"
  }

  private func value(_ values: [Double]?, _ channel: Int, _ standard: Double) -> Double {
    guard let values, let last = values.last else { return standard }
    return channel < values.count ? values[channel] : last
  }
}

extension ResolvedPreprocessing {
  /// The values that reach the model.
  package var valueRange: ClosedRange<Float> {
    let values = valueTables.flatMap { $0 }
    return (values.min() ?? 0)...(values.max() ?? 1)
  }

  /// The picture that a preprocessed tensor shows: normalisation is undone, and values are rounded and
  /// clipped to 8 bits.
  ///
  /// If mean and std are unknown, values are stretched from the least to the greatest. Values that are not
  /// numbers become black.
  ///
  /// - Returns: nil if there are not `sampleCount` values.
  package func picture(of values: [Float]) -> PixelImage? {
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

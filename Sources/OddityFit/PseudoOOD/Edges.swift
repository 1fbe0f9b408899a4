import OddityModel

/// `edges`: how steep the image is at each pixel, in grey.
///
/// A grey image is the mean over channels of `(x − min) / (max − min)`, with minimum and maximum of the
/// channel in this image, and 0 for a constant channel. Its steepness is `m = √(g_x² + g_y²)`, with Sobel's
/// gradients and repeated edge pixels (`scipy.ndimage.sobel(grey, axis, mode="nearest")`). Each channel
/// becomes `min + m/max(m) · (max − min)`. If no m is above 1e-12, which is rounding, the whole channel is
/// `min`. Nothing is random.
struct Edges: PseudoOODTransform {
  static let kind = "edges"
  /// The greatest steepness that counts as zero.
  private static let rounding = 1e-12

  init(strength: StrengthText) {}

  func write(_ image: SourceImage, into pseudo: UnsafeMutableBufferPointer<Float>) {
    let ranges = image.ranges()
    let steepness = Self.steepness(Self.grey(image, ranges), image.shape)
    let greatest = steepness.reduce(0, max)
    let shares = steepness.map { greatest > Self.rounding ? $0 / greatest : 0 }
    image.blend(ranges.grey(0), ranges.grey(1), shares: shares, into: pseudo)
  }

  private static func grey(_ image: SourceImage, _ ranges: [ChannelRange]) -> [Double] {
    var sums = Array(repeating: 0.0, count: image.shape.pixelCount)
    for (channel, range) in ranges.enumerated() {
      var pixel = 0
      image.shape.forEachPixel(of: channel) {
        sums[pixel] += range.share(of: Double(image.values[$0]))
        pixel += 1
      }
    }
    return sums.map { $0 / Double(ranges.count) }
  }

  private static func steepness(_ grey: [Double], _ shape: ImageShape) -> [Double] {
    let (bottom, right) = (shape.height - 1, shape.width - 1)
    var steepness: [Double] = []
    steepness.reserveCapacity(grey.count)
    for row in 0...bottom {
      let above = max(row - 1, 0) * shape.width
      let here = row * shape.width
      let below = min(row + 1, bottom) * shape.width
      for column in 0...right {
        let (left, next) = (max(column - 1, 0), min(column + 1, right))
        func across(_ row: Int) -> Double { grey[row + next] - grey[row + left] }
        func down(_ column: Int) -> Double { grey[below + column] - grey[above + column] }
        let horizontal = across(above) + 2 * across(here) + across(below)
        let vertical = down(left) + 2 * down(column) + down(next)
        steepness.append((horizontal * horizontal + vertical * vertical).squareRoot())
      }
    }
    return steepness
  }
}

/// How one image lies in memory: pixel (y, x) of channel c is value `c · channelStride + (y · W + x) · pixelStride`.
package struct ImageShape: Sendable, Hashable {
  package let channels: Int
  package let height: Int
  package let width: Int
  /// Values from a pixel's channel to its next one.
  package let channelStride: Int
  /// Values from a pixel to the one at its right, and from a row's last pixel to the next row's first.
  package let pixelStride: Int

  /// Pixels of the image, counted row by row.
  package var pixelCount: Int { height * width }
  /// Values of the whole image.
  package var count: Int { channels * pixelCount }

  /// The values of the n-th of many images, one after another.
  func range(ofImage number: Int) -> Range<Int> { number * count..<(number + 1) * count }

  /// An image laid out [C, H, W].
  package static func channelsFirst(channels: Int, height: Int, width: Int) -> ImageShape {
    ImageShape(
      channels: channels, height: height, width: width, channelStride: height * width, pixelStride: 1)
  }

  /// An image laid out [H, W, C].
  package static func channelsLast(height: Int, width: Int, channels: Int) -> ImageShape {
    ImageShape(channels: channels, height: height, width: width, channelStride: 1, pixelStride: channels)
  }
}

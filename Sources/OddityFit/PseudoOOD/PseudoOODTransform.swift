import OddityModel

/// One kind of pseudo-OOD images: a pure function of an image and its random stream.
protocol PseudoOODTransform: Sendable {
  /// The name as it is typed, without a strength.
  static var kind: String { get }
  /// The name of the strength in help; `nil` if the kind has none.
  static var strengthName: String? { get }
  /// Whether the kind uses other images of the same part.
  static var needsDonors: Bool { get }

  /// - Parameter strength: empty if the kind has none.
  /// - Throws: `OddityError.usage` for a strength that is invalid or out of range.
  init(strength: StrengthText) throws(OddityError)

  /// The strength as it is typed, in canonical form; `nil` if there is none.
  var strength: String? { get }

  /// - Throws: `OddityError.usage` if images of this shape are too small.
  func check(_ shape: ImageShape) throws(OddityError)

  /// Writes the pseudo-OOD image, in the layout of the image. Call `check` before.
  ///
  /// - Parameter pseudo: initialised memory for as many values as the image has, which does not overlap the
  ///   image.
  func write(_ image: SourceImage, into pseudo: UnsafeMutableBufferPointer<Float>) throws(OddityError)
}

extension PseudoOODTransform {
  static var strengthName: String? { nil }
  static var needsDonors: Bool { false }
  var strength: String? { nil }
  func check(_ shape: ImageShape) {}
}

/// The image from which a pseudo-OOD image is made.
struct SourceImage {
  let values: UnsafeBufferPointer<Float>
  let shape: ImageShape
  let id: UInt64
  let random: ImageRandomness
  /// Other images of its part, if the kind needs them.
  let donors: [Donor]

  /// Writes the image whose pixel p is this image's pixel `sources[p]`, with all channels, or zero if that is
  /// `nil`.
  func gather(_ sources: [Int?], into pseudo: UnsafeMutableBufferPointer<Float>) {
    for channel in 0..<shape.channels {
      let start = channel * shape.channelStride
      for (pixel, source) in sources.enumerated() {
        pseudo[start + pixel * shape.pixelStride] = source.map { values[start + $0 * shape.pixelStride] } ?? 0
      }
    }
  }
}

/// The memory layout of an image: pixel (y, x) of channel c is value `c · channelStride + (y · W + x) ·
/// pixelStride`.
package struct ImageShape: Sendable, Hashable {
  package let channels: Int
  package let height: Int
  package let width: Int
  /// The distance from a channel of a pixel to its next channel, in values.
  package let channelStride: Int
  /// The distance from a pixel to the next one in its row, or from a row's last pixel to the next row's
  /// first, in values.
  package let pixelStride: Int

  /// The number of pixels.
  package var pixelCount: Int { height * width }
  /// The number of values.
  package var count: Int { channels * pixelCount }

  /// The values of the n-th of several consecutive images.
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

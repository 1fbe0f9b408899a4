import OddityModel

/// One kind of pseudo-OOD images: a pure function of an image and of what is random about it.
protocol PseudoOODTransform: Sendable {
  /// As it is typed, without a strength.
  static var kind: String { get }
  /// What help calls the strength; `nil` where the kind has none.
  static var strengthName: String? { get }
  /// Whether images of the same part lend something to each image.
  static var needsDonors: Bool { get }

  /// - Parameter strength: empty where the kind has none.
  /// - Throws: `OddityError.usage` for a strength that is none, or out of range.
  init(strength: StrengthText) throws(OddityError)

  /// The strength as it is typed, in one canonical form; `nil` where there is none to tell.
  var strength: String? { get }

  /// - Throws: `OddityError.usage` where images of this shape are too small.
  func check(_ shape: ImageShape) throws(OddityError)

  /// Writes the pseudo-OOD image, laid out as the image; `check` has passed.
  ///
  /// - Parameter pseudo: as many values as the image has, initialised, not overlapping it.
  func write(_ image: SourceImage, into pseudo: UnsafeMutableBufferPointer<Float>) throws(OddityError)
}

extension PseudoOODTransform {
  static var strengthName: String? { nil }
  static var needsDonors: Bool { false }
  var strength: String? { nil }
  func check(_ shape: ImageShape) {}
}

/// An image that a pseudo-OOD image is made of.
struct SourceImage {
  let values: UnsafeBufferPointer<Float>
  let shape: ImageShape
  let id: UInt64
  let random: ImageRandomness
  /// Other images of its part, where the kind needs them.
  let donors: [Donor]

  /// Writes the image whose pixel p is this image's pixel `sources[p]`, all channels together, or zero where
  /// that is `nil`.
  func gather(_ sources: [Int?], into pseudo: UnsafeMutableBufferPointer<Float>) {
    for channel in 0..<shape.channels {
      let start = channel * shape.channelStride
      for (pixel, source) in sources.enumerated() {
        pseudo[start + pixel * shape.pixelStride] = source.map { values[start + $0 * shape.pixelStride] } ?? 0
      }
    }
  }
}

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

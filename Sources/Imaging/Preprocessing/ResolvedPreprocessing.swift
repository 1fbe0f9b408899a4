/// The whole way from an image to a model's input, with nothing left open: what the guarded model stores
/// and what a script in another language can repeat.
///
/// An image is decoded, turned by its EXIF orientation if `exifOrientation`, freed of alpha, converted to
/// grey or colour, resized to `resize` with Pillow's filter, and cropped to `crop` around its centre, from
/// row `round((h - crop) / 2)` with halves to even, or framed in zeros where it is smaller, as torchvision
/// does. Then, in float32, x = v · `rescaleFactor` (which rounds to v / 255 for 1/255), minus `mean`,
/// divided by `std`.
public struct ResolvedPreprocessing: Sendable, Equatable, Codable {
  /// Nil where images keep their size before the crop.
  public let resize: ResizeTarget?
  /// Nil where nothing is cut.
  public let crop: ImageSize?
  public let interpolation: Interpolation
  public let channels: ChannelOrder
  /// One for each of `channels`, in their order.
  public let mean: [Double]
  /// One for each of `channels`, in their order; not zero.
  public let std: [Double]
  public let layout: TensorLayout
  public let alpha: AlphaHandling
  public let exifOrientation: Bool
  public let rescaleFactor: Double
  /// The model's input height and width, to which `resize` and `crop` lead.
  public let size: ImageSize
  /// False where nobody said what `mean` and `std` are; they are then 0 and 1.
  public let normalizationKnown: Bool

  enum CodingKeys: String, CodingKey {
    case resize, crop, interpolation, channels, mean, std, layout, alpha, size
    case exifOrientation = "exif_orientation"
    case rescaleFactor = "rescale_factor"
    case normalizationKnown = "normalization_known"
  }

  /// The shape of one image's tensor, for example [3, 224, 224]; the batch axis goes before.
  public var sampleShape: [Int] {
    switch layout {
    case .nchw: [channels.count, size.height, size.width]
    case .nhwc: [size.height, size.width, channels.count]
    }
  }

  /// How many values one image's tensor has.
  public var sampleCount: Int { sampleShape.reduce(1, *) }

  /// Whether a value for each channel is there and resizing and cropping lead to `size`: what was read from a
  /// file may say anything.
  public var isConsistent: Bool {
    let target = resize?.smallestSize ?? size
    return mean.count == channels.count && std.count == channels.count && size == crop ?? target
      && size.isAllowed && target.isAllowed
  }

  /// How an encoded image is to be decoded.
  public var decoding: DecodingOptions { DecodingOptions(appliesOrientation: exifOrientation) }
}

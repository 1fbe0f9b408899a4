/// The complete preprocessing of an image for a model's input, with every key explicit. The guarded model
/// stores it, and a script in another language can repeat it.
///
/// The steps are: decode the image; turn it by its EXIF orientation if `exifOrientation`; remove alpha;
/// convert to grey or colour; cut to `centralShare`; resize to `resize` with Pillow's filter; crop to `crop`
/// around its centre, from row `(h - crop) / 2` with halves rounded by `cropRounding`. If the image is
/// smaller than the crop, it is framed in `frame`, with `(crop - h) // 2` rows before it. Then, in float32, x
/// = v · `rescaleFactor` (which rounds to v / 255 for 1/255), minus `mean`, divided by `std`.
public struct ResolvedPreprocessing: Sendable, Equatable, Codable {
  /// nil if images keep their size before the crop. Without a crop, only images of the model's size are then
  /// accepted.
  public let resize: ResizeTarget?
  /// nil if nothing is cropped.
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
  /// Files of Oddity 0.1 do not contain it. Their crops are rounded to even.
  public let cropRounding: CropRounding
  /// The bytes around an image that is smaller than the crop, one for each of `channels`, in their order.
  public let frame: [UInt8]
  /// The height and width of the central part that is cut out first, as shares of the image's shorter side,
  /// rounded down to pixels. If it is larger than the image, it is framed in zeros. nil keeps the whole
  /// image.
  public let centralShare: [Double]?
  /// The element type of the model's input. Values of an integer type are whole numbers in its range.
  public let inputType: InputType
  /// False if the user gave neither `mean` nor `std`, which are then 0 and 1.
  public let normalizationKnown: Bool

  enum CodingKeys: String, SnakeCaseKey {
    case resize, crop, interpolation, channels, mean, std, layout, alpha, size, exifOrientation
    case rescaleFactor, cropRounding, frame, centralShare, inputType, normalizationKnown
  }

  /// The shape of one image's tensor, for example [3, 224, 224]. The batch axis comes before it.
  public var sampleShape: [Int] {
    switch layout {
    case .nchw: [channels.count, size.height, size.width]
    case .nhwc: [size.height, size.width, channels.count]
    }
  }

  /// The number of values in one image's tensor.
  public var sampleCount: Int { sampleShape.reduce(1, *) }

  /// Whether there is a value for each channel, and resizing and cropping lead to `size`. A file from
  /// elsewhere may contain anything.
  package var isConsistent: Bool {
    let target = resize?.smallestSize ?? size
    return mean.count == channels.count && std.count == channels.count && frame.count == channels.count
      && size == crop ?? target && size.isAllowed && (resize?.isAllowed ?? true)
      && (centralShare.map(Self.areShares) ?? true)
  }

  /// How an encoded image is to be decoded.
  package var decoding: DecodingOptions { DecodingOptions(appliesOrientation: exifOrientation) }

  /// Whether the numbers are a height and a width as shares of a side.
  static func areShares(_ shares: [Double]) -> Bool {
    shares.count == 2 && shares.allSatisfy { $0 > 0 && $0 <= 16 }
  }
}

extension ResolvedPreprocessing {
  public init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    let channels = try keys.decode(ChannelOrder.self, forKey: .channels)
    self.init(
      resize: try keys.decodeIfPresent(ResizeTarget.self, forKey: .resize),
      crop: try keys.decodeIfPresent(ImageSize.self, forKey: .crop),
      interpolation: try keys.decode(Interpolation.self, forKey: .interpolation), channels: channels,
      mean: try keys.decode([Double].self, forKey: .mean), std: try keys.decode([Double].self, forKey: .std),
      layout: try keys.decode(TensorLayout.self, forKey: .layout),
      alpha: try keys.decode(AlphaHandling.self, forKey: .alpha),
      exifOrientation: try keys.decode(Bool.self, forKey: .exifOrientation),
      rescaleFactor: try keys.decode(Double.self, forKey: .rescaleFactor),
      size: try keys.decode(ImageSize.self, forKey: .size),
      cropRounding: try keys.decodeIfPresent(CropRounding.self, forKey: .cropRounding) ?? .even,
      frame: try keys.decodeIfPresent([UInt8].self, forKey: .frame)
        ?? [UInt8](repeating: 0, count: channels.count),
      centralShare: try keys.decodeIfPresent([Double].self, forKey: .centralShare),
      inputType: try keys.decodeIfPresent(InputType.self, forKey: .inputType) ?? .float32,
      normalizationKnown: try keys.decode(Bool.self, forKey: .normalizationKnown))
  }
}

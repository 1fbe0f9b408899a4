/// What a user says about the way from an image to a model's input; what is left out, the model's input
/// shape decides.
///
/// As JSON: `{"resize": 256 or [H, W], "crop": 224 or [H, W], "interpolation": "bilinear", "channels":
/// "RGB", "mean": […], "std": […], "layout": "NCHW", "alpha": "drop", "exif_orientation": true,
/// "rescale_factor": 0.00392…}`, every key optional. Any other key is an error that names it.
public struct Preprocessing: Sendable, Equatable {
  public var resize: ResizeTarget?
  public var crop: ImageSize?
  public var interpolation: Interpolation?
  public var channels: ChannelOrder?
  /// One for each of the model's channels, in their order, or one for all; in units of rescaled values,
  /// that is of [0, 1] where `rescaleFactor` is left out.
  public var mean: [Double]?
  /// As `mean`.
  public var std: [Double]?
  public var layout: TensorLayout?
  public var alpha: AlphaHandling?
  public var exifOrientation: Bool?
  /// Multiplies the sample values 0…255 before anything else; 1/255 where left out.
  public var rescaleFactor: Double?

  public init(
    resize: ResizeTarget? = nil, crop: ImageSize? = nil, interpolation: Interpolation? = nil,
    channels: ChannelOrder? = nil, mean: [Double]? = nil, std: [Double]? = nil, layout: TensorLayout? = nil,
    alpha: AlphaHandling? = nil, exifOrientation: Bool? = nil, rescaleFactor: Double? = nil
  ) {
    self.resize = resize
    self.crop = crop
    self.interpolation = interpolation
    self.channels = channels
    self.mean = mean
    self.std = std
    self.layout = layout
    self.alpha = alpha
    self.exifOrientation = exifOrientation
    self.rescaleFactor = rescaleFactor
  }

  /// torchvision's evaluation of ImageNet networks.
  public static let imagenet = Preprocessing(
    resize: .shorterSide(256), crop: ImageSize(height: 224, width: 224), interpolation: .bilinear,
    mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])

  /// The usual statistics of CIFAR-10's training images; images are resized to the model's input.
  public static let cifar = Preprocessing(
    mean: [0.4914, 0.4822, 0.4465], std: [0.2470, 0.2435, 0.2616])
}

extension Preprocessing: Codable {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case resize, crop, interpolation, channels, mean, std, layout, alpha
    case exifOrientation = "exif_orientation"
    case rescaleFactor = "rescale_factor"
  }

  /// - Throws: `ImagingError` that names an unknown key or a key whose value is not of its kind.
  public init(from decoder: any Decoder) throws {
    let keys = try StrictKeys(decoder, known: CodingKeys.self)
    resize = try keys.value(.resize, "an integer (shorter side) or [height, width]")
    crop = try keys.value(.crop, "an integer or [height, width]")
    interpolation = try keys.value(.interpolation, "\"nearest\", \"bilinear\" or \"bicubic\"")
    channels = try keys.value(.channels, "\"RGB\", \"BGR\" or \"L\"")
    mean = try keys.numbers(.mean)
    std = try keys.numbers(.std)
    layout = try keys.value(.layout, "\"NCHW\" or \"NHWC\"")
    alpha = try keys.value(.alpha, "\"drop\", \"black\" or \"white\"")
    exifOrientation = try keys.value(.exifOrientation, "true or false")
    rescaleFactor = try keys.value(.rescaleFactor, "a number")
  }
}

/// The preprocessing as a user specifies it. What is left out follows from the shape of the model's input.
///
/// As JSON: `{"resize": 256 or [H, W], "crop": 224 or [H, W], "interpolation": "bilinear", "channels":
/// "RGB", "mean": […], "std": […], "layout": "NCHW", "alpha": "drop", "exif_orientation": true,
/// "rescale_factor": 0.00392…, "crop_rounding": "even", "frame": 0, "central_share": [H, W], "preset": "imagenet"}`, every
/// key optional. Any other key is an error that names it.
public struct Preprocessing: Sendable, Equatable {
  public var resize: ResizeTarget?
  public var crop: ImageSize?
  public var interpolation: Interpolation?
  public var channels: ChannelOrder?
  /// One value for each channel in the model's order, or one for all, in units of rescaled values: [0, 1] if
  /// `rescaleFactor` is left out, [0, 255] if it is 1.
  public var mean: [Double]?
  /// In the same form as `mean`.
  public var std: [Double]?
  public var layout: TensorLayout?
  public var alpha: AlphaHandling?
  public var exifOrientation: Bool?
  /// Multiplies the sample values 0…255 before anything else. The default is 1/255, or 1 if the model takes
  /// integers.
  public var rescaleFactor: Double?
  /// The default is to the even number.
  public var cropRounding: CropRounding?
  /// The colour around an image that is smaller than the crop: a byte of 0 to 255 for each of the model's
  /// channels, or one for all. The default is 0.
  public var frame: [Double]?
  /// The height and width of the central part that is cut out before the resize, as shares of the image's
  /// shorter side.
  public var centralShare: [Double]?

  /// Whether images keep their size if `resize` is left out, so that only images of the model's height and
  /// width are accepted.
  var keepsSize = false

  /// Alternatives to use if they give the model's height and width and this one does not.
  var alternatives: [Preprocessing] = []

  public init(
    resize: ResizeTarget? = nil, crop: ImageSize? = nil, interpolation: Interpolation? = nil,
    channels: ChannelOrder? = nil, mean: [Double]? = nil, std: [Double]? = nil, layout: TensorLayout? = nil,
    alpha: AlphaHandling? = nil, exifOrientation: Bool? = nil, rescaleFactor: Double? = nil,
    cropRounding: CropRounding? = nil, frame: [Double]? = nil, centralShare: [Double]? = nil
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
    self.cropRounding = cropRounding
    self.frame = frame
    self.centralShare = centralShare
  }
}

extension Preprocessing: Decodable {
  enum CodingKeys: String, SnakeCaseKey {
    case preset, resize, crop, interpolation, channels, mean, std, layout, alpha, exifOrientation
    case rescaleFactor, cropRounding, frame, centralShare
  }

  /// - Throws: `ImagingError` that names an unknown key, or a key whose value has the wrong type.
  public init(from decoder: any Decoder) throws {
    let keys = try StrictKeys(decoder, known: CodingKeys.self)
    let preset: Preset? = try keys.value(.preset, "one of \(Preset.list)")
    self = preset?.preprocessing ?? Preprocessing()
    resize = try keys.value(.resize, ResizeTarget.expectation) ?? resize
    crop = try keys.value(.crop, "an integer or [height, width]") ?? crop
    interpolation = try keys.value(.interpolation, "one of \(Interpolation.list)") ?? interpolation
    channels = try keys.value(.channels, "\"RGB\", \"BGR\" or \"L\"") ?? channels
    mean = try keys.numbers(.mean) ?? mean
    std = try keys.numbers(.std) ?? std
    layout = try keys.value(.layout, "\"NCHW\" or \"NHWC\"") ?? layout
    alpha = try keys.value(.alpha, "\"drop\", \"black\" or \"white\"") ?? alpha
    exifOrientation = try keys.value(.exifOrientation, "true or false") ?? exifOrientation
    rescaleFactor = try keys.value(.rescaleFactor, "a number") ?? rescaleFactor
    cropRounding = try keys.value(.cropRounding, "\"even\" or \"down\"") ?? cropRounding
    frame = try keys.numbers(.frame) ?? frame
    centralShare =
      try keys.value(.centralShare, "[height, width], shares of the shorter side") ?? centralShare
  }
}

extension Preprocessing {
  /// A preprocessing with a name.
  public enum Preset: String, Sendable, CaseIterable, Decodable {
    case imagenet, cifar
    /// Keras's `preprocess_input` with this `mode`.
    case tf, torch, caffe

    package static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }

    var preprocessing: Preprocessing {
      switch self {
      case .imagenet: .imagenet
      case .cifar: .cifar
      case .tf: .kerasTF
      case .torch: .kerasTorch
      case .caffe: .kerasCaffe
      }
    }
  }

  /// torchvision's evaluation preprocessing for ImageNet networks.
  public static let imagenet = Preprocessing(
    resize: .shorterSide(256), crop: ImageSize(height: 224, width: 224), interpolation: .bilinear,
    mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])

  /// The usual statistics of CIFAR-10's training images. Images are resized to the model's input.
  public static let cifar = Preprocessing(
    mean: [0.4914, 0.4822, 0.4465], std: [0.2470, 0.2435, 0.2616])

  // The three modes of `keras.applications.imagenet_utils.preprocess_input`, after Keras's `load_img(path,
  // target_size=…)`, which by default takes the nearest pixels.

  /// x / 127.5 − 1: values of [−1, 1].
  static let kerasTF = Preprocessing(interpolation: .nearest, mean: [1], std: [1], rescaleFactor: 1 / 127.5)

  /// Values of [0, 1], then ImageNet's mean and std.
  static let kerasTorch = Preprocessing(
    interpolation: .nearest, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])

  /// Blue, green, red, minus ImageNet's mean, without scaling.
  static let kerasCaffe = Preprocessing(
    interpolation: .nearest, channels: .bgr, mean: [103.939, 116.779, 123.68], std: [1], rescaleFactor: 1)
}

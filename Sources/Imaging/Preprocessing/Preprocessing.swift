/// What a user says about the way from an image to a model's input; what is left out, the model's input
/// shape decides.
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
  /// One for each of the model's channels, in their order, or one for all; in units of rescaled values: of [0, 1] where
  /// `rescaleFactor` is left out, of [0, 255] where it is 1.
  public var mean: [Double]?
  /// As `mean`.
  public var std: [Double]?
  public var layout: TensorLayout?
  public var alpha: AlphaHandling?
  public var exifOrientation: Bool?
  /// Multiplies the sample values 0…255 before anything else; where left out 1/255, or 1 where the model takes integers.
  public var rescaleFactor: Double?
  /// To even where left out.
  public var cropRounding: CropRounding?
  /// What lies around an image that is smaller than the crop: a byte of 0 to 255 for each of the model's channels, or one
  /// for all; 0 where left out.
  public var frame: [Double]?
  /// Height and width, as shares of the image's shorter side, of the central part that is cut out before the resize.
  public var centralShare: [Double]?

  /// Whether images keep their size where `resize` is left out, and only those of the model's height and width are taken.
  var keepsSize = false

  /// Others to take in this one's place where they lead to the model's height and width and this one does not.
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

  /// - Throws: `ImagingError` that names an unknown key or a key whose value is not of its kind.
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

  /// torchvision's evaluation of ImageNet networks.
  public static let imagenet = Preprocessing(
    resize: .shorterSide(256), crop: ImageSize(height: 224, width: 224), interpolation: .bilinear,
    mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])

  /// The usual statistics of CIFAR-10's training images; images are resized to the model's input.
  public static let cifar = Preprocessing(
    mean: [0.4914, 0.4822, 0.4465], std: [0.2470, 0.2435, 0.2616])

  // What `keras.applications.imagenet_utils.preprocess_input` does in its three modes, after Keras's
  // `load_img(path, target_size=…)`, which takes the nearest pixels where nothing else is said.

  /// x / 127.5 − 1: values of [−1, 1].
  static let kerasTF = Preprocessing(interpolation: .nearest, mean: [1], std: [1], rescaleFactor: 1 / 127.5)

  /// Values of [0, 1], then ImageNet's mean and std.
  static let kerasTorch = Preprocessing(
    interpolation: .nearest, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])

  /// Blue, green, red, less ImageNet's mean; nothing is scaled.
  static let kerasCaffe = Preprocessing(
    interpolation: .nearest, channels: .bgr, mean: [103.939, 116.779, 123.68], std: [1], rescaleFactor: 1)
}

/// A class of Hugging Face's processors: its defaults for missing keys, and its special steps.
///
/// Source: `models/*/image_processing_*.py` of transformers 5.24.
struct HuggingFaceClass {
  enum Steps {
    /// Resize, crop, rescale, normalise.
    case plain
    /// Like plain, but without the crop, whatever the file says.
    case uncropped
    /// Below 384 pixels: resized to `size / crop_pct` and cropped. From 384 pixels: resized to a square.
    case convNext
    /// The shorter side is resized to 256/224 of `size`.
    case levit
    /// Resized to `size / crop_pct`.
    case poolFormer
    /// First cropped to `size / crop_size` of the shorter side.
    case perceiver
    /// The shorter side is rounded to the nearest pixel and up to a multiple. Channels are reversed at the
    /// end.
    case ppLCNet
    /// Sides rounded up to a multiple.
    case textNet
    /// Values may be shifted by −1 and divided by std a second time.
    case efficientNet
    /// Channels are reversed, without normalisation.
    case mobileViT
  }

  /// The names without `ImageProcessor`.
  let names: [String]
  var steps = Steps.plain
  let size: HuggingFaceProcessor.Size
  var cropSize: HuggingFaceProcessor.Size?
  var isCropped = false
  /// Whether a plain integer `size` means the shorter side instead of a square.
  var keepsAspect = false
  /// Pillow's number of the filter.
  let resample: Int
  var statistics = ImageStatistics.half
  /// Whether transparency is laid over white (`do_convert_rgb`).
  var convertsToRGB = false
  var cropPct: Double?
  var multiple: Int?

  static let all: [HuggingFaceClass] = [
    .init(names: ["Beit"], size: .square(224), cropSize: .square(224), resample: 3),
    .init(
      names: ["Bit", "CLIP"], size: .shortestEdge(224), cropSize: .square(224), isCropped: true,
      keepsAspect: true, resample: 3, statistics: .clip, convertsToRGB: true),
    .init(
      names: ["ConvNext"], steps: .convNext, size: .shortestEdge(384), keepsAspect: true, resample: 3,
      cropPct: 224.0 / 256.0),
    .init(names: ["DeiT"], size: .square(256), cropSize: .square(224), isCropped: true, resample: 3),
    .init(
      names: ["EfficientNet"], steps: .efficientNet, size: .square(346), cropSize: .square(289), resample: 3),
    .init(
      names: ["Levit"], steps: .levit, size: .shortestEdge(224), cropSize: .square(224), isCropped: true,
      keepsAspect: true, resample: 3, statistics: .imagenet),
    .init(
      names: ["MobileNetV1", "MobileNetV2"], size: .shortestEdge(256), cropSize: .square(224),
      isCropped: true, keepsAspect: true, resample: 2),
    .init(
      names: ["MobileViT"], steps: .mobileViT, size: .shortestEdge(224), cropSize: .square(256),
      isCropped: true, keepsAspect: true, resample: 3),
    .init(
      names: ["Perceiver"], steps: .perceiver, size: .square(224), cropSize: .square(256), isCropped: true,
      resample: 3, statistics: .imagenet),
    .init(
      names: ["PoolFormer"], steps: .poolFormer, size: .shortestEdge(224), cropSize: .square(224),
      isCropped: true, keepsAspect: true, resample: 3, statistics: .imagenet, cropPct: 0.9),
    .init(
      names: ["PPLCNet"], steps: .ppLCNet, size: .square(256), cropSize: .square(224), isCropped: true,
      resample: 2, statistics: ImageStatistics(mean: [0.406, 0.456, 0.485], std: [0.225, 0.224, 0.229]),
      multiple: 1),
    .init(names: ["Pvt"], size: .square(224), resample: 3, statistics: .imagenet),
    .init(names: ["Segformer"], steps: .uncropped, size: .square(512), resample: 2, statistics: .imagenet),
    .init(names: ["Siglip"], size: .square(224), keepsAspect: true, resample: 3, convertsToRGB: true),
    .init(
      names: ["TextNet"], steps: .textNet, size: .shortestEdge(640), cropSize: .square(224),
      keepsAspect: true, resample: 2, statistics: .imagenet, convertsToRGB: true, multiple: 32),
    .init(names: ["ViT"], size: .square(224), resample: 2),
  ]

  /// Processors of image classifiers that Oddity does not support, with the reason.
  static let refused = [
    "Donut": "it resizes images twice and pads them",
    "Gemma3": "its network also reads a text",
    "ImageGPT": "its network takes colour indices instead of an image",
    "Siglip2": "its network takes patches instead of an image",
  ]

  /// - Parameter type: such as `ViTImageProcessor`, `ViTImageProcessorFast`, or `ViTFeatureExtractor` in
  ///   older files.
  /// - Throws: `badPreprocessing` for a class that Oddity does not support or does not know.
  static func named(_ type: String) throws(ImagingError) -> HuggingFaceClass {
    var name = type[...]
    for suffix in ["Fast", "Pil", "ImageProcessor", "FeatureExtractor"] where name.hasSuffix(suffix) {
      name = name.dropLast(suffix.count)
    }
    if let known = all.first(where: { $0.names.contains(String(name)) }) { return known }
    if let reason = refused[String(name)] {
      throw .preprocessing("Oddity does not support \(type), because \(reason)")
    }
    throw .preprocessing(
      "Oddity does not know the processor \(type); it supports "
        + "\(all.flatMap(\.names).joined(separator: ", ")): name one of these if it does the same "
        + "(\"image_processor_type\": \"ViTImageProcessor\"), or write its steps as a JSON file of Oddity's "
        + "own"
    )
  }
}

/// Means and standard deviations by channel (red, green, blue), in units of [0, 1].
struct ImageStatistics: Equatable {
  let mean: [Double]
  let std: [Double]

  /// The statistics of ImageNet's training images.
  static let imagenet = ImageStatistics(mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])
  /// Maps [0, 1] to [−1, 1].
  static let half = ImageStatistics(mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5])
  /// The statistics of OpenAI's CLIP.
  static let clip = ImageStatistics(
    mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711])
}

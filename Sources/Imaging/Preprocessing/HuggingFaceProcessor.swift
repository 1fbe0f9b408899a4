/// A Hugging Face `preprocessor_config.json` of an image classifier.
///
/// Read as the library's torchvision-based processors understand it. Keys that change pixels in a way
/// Oddity cannot repeat are errors.
struct HuggingFaceProcessor: Decodable {
  /// `size` and `crop_size`: an integer, `{"height", "width"}` or `{"shortest_edge"}`.
  enum Size: Equatable {
    case integer(Int)
    case exact(ImageSize)
    case shortestEdge(Int)
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case doResize = "do_resize"
    case size, resample
    case doCenterCrop = "do_center_crop"
    case cropSize = "crop_size"
    case cropPct = "crop_pct"
    case doRescale = "do_rescale"
    case rescaleFactor = "rescale_factor"
    case doNormalize = "do_normalize"
    case imageMean = "image_mean"
    case imageStd = "image_std"
    case doFlipChannelOrder = "do_flip_channel_order"
    case defaultToSquare = "default_to_square"
    case imageProcessorType = "image_processor_type"
    case featureExtractorType = "feature_extractor_type"
    // Known, and without effect on a classifier's pixels when they have the values checked below.
    case doConvertRGB = "do_convert_rgb"
    case doPad = "do_pad"
    case doReduceLabels = "do_reduce_labels"
    case rescaleOffset = "rescale_offset"
    case includeTop = "include_top"
    case processorClass = "processor_class"
    case validProcessorKeys = "_valid_processor_keys"
    case dataFormat = "data_format"
    case inputDataFormat = "input_data_format"
    case returnTensors = "return_tensors"
    case device
  }

  let doResize: Bool?
  let size: Size?
  let resample: Int?
  let doCenterCrop: Bool?
  let cropSize: Size?
  let cropPct: Double?
  let doRescale: Bool?
  let rescaleFactor: Double?
  let doNormalize: Bool?
  let imageMean: [Double]?
  let imageStd: [Double]?
  let doFlipChannelOrder: Bool?
  let defaultToSquare: Bool?
  let processorType: String

  /// Whether an object with these keys is such a configuration.
  static func isRecognised(by keys: Set<String>) -> Bool {
    let marks: [CodingKeys] = [
      .doResize, .doNormalize, .doRescale, .doCenterCrop, .imageMean, .imageStd, .imageProcessorType,
      .featureExtractorType, .size, .resample, .cropSize,
    ]
    return marks.contains { keys.contains($0.rawValue) }
  }

  init(from decoder: any Decoder) throws {
    let keys = try StrictKeys(decoder, known: CodingKeys.self)
    doResize = try keys.value(.doResize, "true or false")
    size = try keys.value(.size, Size.expectation)
    resample = try keys.value(.resample, "an integer")
    doCenterCrop = try keys.value(.doCenterCrop, "true or false")
    cropSize = try keys.value(.cropSize, Size.expectation)
    cropPct = try keys.value(.cropPct, "a number")
    doRescale = try keys.value(.doRescale, "true or false")
    rescaleFactor = try keys.value(.rescaleFactor, "a number")
    doNormalize = try keys.value(.doNormalize, "true or false")
    imageMean = try keys.numbers(.imageMean)
    imageStd = try keys.numbers(.imageStd)
    doFlipChannelOrder = try keys.value(.doFlipChannelOrder, "true or false")
    defaultToSquare = try keys.value(.defaultToSquare, "true or false")
    let type: String? = try keys.value(.imageProcessorType, "a text")
    let olderType: String? = try keys.value(.featureExtractorType, "a text")
    processorType = type ?? olderType ?? ""
    for key: CodingKeys in [.doPad, .rescaleOffset, .includeTop] {
      guard try keys.value(key, "true or false") != true else {
        throw ImagingError(.badPreprocessing, "'\(key.rawValue)': true is not supported")
      }
    }
  }
}

extension HuggingFaceProcessor.Size: Decodable {
  static let expectation = "an integer, {\"height\", \"width\"} or {\"shortest_edge\"}"

  private enum Keys: String, CodingKey, CaseIterable {
    case height, width
    case shortestEdge = "shortest_edge"
  }

  init(from decoder: any Decoder) throws {
    if let side = try? decoder.singleValueContainer().decode(Int.self) {
      self = .integer(side)
      return
    }
    let keys = try StrictKeys(decoder, known: Keys.self)
    let height: Int? = try keys.value(.height, "an integer")
    let width: Int? = try keys.value(.width, "an integer")
    let shortestEdge: Int? = try keys.value(.shortestEdge, "an integer")
    switch (height, width, shortestEdge) {
    case (let height?, let width?, nil): self = .exact(ImageSize(height: height, width: width))
    case (nil, nil, let edge?): self = .shortestEdge(edge)
    default: throw ImagingError(.badPreprocessing, "'size' must be \(Self.expectation)")
    }
  }
}

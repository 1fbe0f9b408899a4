/// The `preprocessor_config.json` of a Hugging Face image classifier, as its processor's class saves it.
struct HuggingFaceProcessor: Decodable {
  /// `size` and `crop_size`: an integer, `{"height", "width"}`, [height, width], or `{"shortest_edge"}`.
  enum Size: Equatable {
    case integer(Int)
    case exact(ImageSize)
    case shortestEdge(Int)

    static func square(_ side: Int) -> Size { .exact(ImageSize(height: side, width: side)) }
  }

  enum CodingKeys: String, SnakeCaseKey {
    case doResize, size, resample, doCenterCrop, cropSize, cropPct, doRescale, rescaleFactor, doNormalize
    case imageMean, imageStd, doFlipChannelOrder, defaultToSquare, doConvertRGB, rescaleOffset, includeTop
    case resizeShort, sizeDivisor, doPad, imageProcessorType, featureExtractorType
    // Known keys that do not affect the pixels of a classifier.
    case padSize, doReduceLabels, reduceLabels, processorClass, _validProcessorKeys, dataFormat
    case inputDataFormat, returnTensors, disableGrouping, device
  }

  /// The value of each step's flag. A processor treats null as false. Only absent flags get the default of
  /// the class.
  let flags: [CodingKeys: Bool]
  let size: Size?
  let resample: Int?
  let cropSize: Size?
  let cropPct: Double?
  let isCropPctNull: Bool
  let rescaleFactor: Double?
  let imageMean: [Double]?
  let imageStd: [Double]?
  let resizeShort: Int?
  let sizeDivisor: Int?
  let processorType: String?
  /// Which of 'image_mean' and 'image_std' are null. The processor then uses no default for them.
  let nullStatistics: [CodingKeys]

  init(from decoder: any Decoder) throws {
    let keys = try StrictKeys(decoder, known: CodingKeys.self, isOfOthers: true)
    var flags: [CodingKeys: Bool] = [:]
    for key in Self.flagKeys { flags[key] = keys.isNull(key) ? false : try keys.value(key, "true or false") }
    self.flags = flags
    guard flags[.doPad] != true else {
      throw ImagingError.preprocessing("'do_pad': true is not supported; Oddity pads no images")
    }
    size = try keys.value(.size, Size.expectation)
    // Without a filter, torchvision uses the bilinear one.
    resample = keys.isNull(.resample) ? 2 : try keys.value(.resample, "an integer")
    cropSize = try keys.value(.cropSize, Size.expectation)
    isCropPctNull = keys.isNull(.cropPct)
    cropPct = try keys.value(.cropPct, "a number")
    rescaleFactor = try keys.value(.rescaleFactor, "a number")
    imageMean = try keys.numbers(.imageMean)
    imageStd = try keys.numbers(.imageStd)
    resizeShort = try keys.value(.resizeShort, "an integer")
    sizeDivisor = try keys.value(.sizeDivisor, "an integer")
    let type: String? = try keys.value(.imageProcessorType, "a text")
    let olderType: String? = try keys.value(.featureExtractorType, "a text")
    processorType = type ?? olderType
    nullStatistics = [.imageMean, .imageStd].filter(keys.isNull)
    for key in [CodingKeys.resizeShort, .sizeDivisor, .rescaleFactor] where keys.isNull(key) {
      throw ImagingError.preprocessing("'\(key.stringValue)' is null; give a number or leave it out")
    }
  }

  private static let flagKeys: [CodingKeys] = [
    .doResize, .doCenterCrop, .doRescale, .doNormalize, .doFlipChannelOrder, .defaultToSquare,
    .doConvertRGB, .rescaleOffset, .includeTop, .doPad,
  ]
}

extension HuggingFaceProcessor.Size: Decodable {
  static let expectation = "an integer, {\"height\", \"width\"} or {\"shortest_edge\"}"

  private enum Keys: String, SnakeCaseKey {
    case height, width, shortestEdge
  }

  init(from decoder: any Decoder) throws {
    if let side = try? Int(from: decoder) {
      self = .integer(side)
      return
    }
    if let size = try? ImageSize(from: decoder) {
      self = .exact(size)
      return
    }
    let keys = try StrictKeys(decoder, known: Keys.self)
    let height: Int? = try keys.value(.height, "an integer")
    let width: Int? = try keys.value(.width, "an integer")
    let shortestEdge: Int? = try keys.value(.shortestEdge, "an integer")
    switch (height, width, shortestEdge) {
    case (let height?, let width?, nil): self = .exact(ImageSize(height: height, width: width))
    case (nil, nil, let edge?): self = .shortestEdge(edge)
    default: throw ImagingError.preprocessing("'size' must be \(Self.expectation)")
    }
  }
}

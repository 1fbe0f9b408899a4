extension HuggingFaceProcessor {
  /// Processors whose plain integer `size` is the shorter side; for the others it is a square.
  private static let shorterSideTypes = ["CLIP", "Bit", "ConvNext", "MobileNet", "MobileViT"]
  /// Processors that derive the size in ways of their own.
  private static let unsupportedTypes = ["Levit", "PoolFormer", "LayoutLM", "Donut", "Perceiver", "ImageGPT"]
  /// ConvNeXt resizes to `size / crop_pct` and crops below this size, and distorts to a square from it on.
  private static let convNextCropLimit = 384
  private static let convNextCropPct = 224.0 / 256.0

  /// The same in Oddity's own terms.
  ///
  /// - Throws: `badPreprocessing` that names a key whose value Oddity cannot follow.
  func preprocessing() throws(ImagingError) -> Preprocessing {
    if let type = Self.unsupportedTypes.first(where: { processorType.hasPrefix($0) }) {
      throw ImagingError(
        .badPreprocessing, "processors of type \(type) are not supported; write its steps as a JSON file")
    }
    var preprocessing = Preprocessing(interpolation: try interpolation())
    try setGeometry(of: &preprocessing)
    setValues(of: &preprocessing)
    return preprocessing
  }

  /// Pillow's numbers; without the key, the processors' own default is bilinear in most, bicubic in some.
  private func interpolation() throws(ImagingError) -> Interpolation? {
    switch resample {
    case nil: return nil
    case 0: return .nearest
    case 2: return .bilinear
    case 3: return .bicubic
    case let other?:
      throw ImagingError(
        .badPreprocessing,
        "'resample': \(other) is not supported; Oddity has 0 (nearest), 2 (bilinear) and 3 (bicubic)")
    }
  }

  private func setGeometry(of preprocessing: inout Preprocessing) throws(ImagingError) {
    if isConvNext {
      try setConvNextGeometry(of: &preprocessing)
      return
    }
    if doResize ?? (size != nil) { preprocessing.resize = try resizeTarget() }
    guard doCenterCrop ?? false else { return }
    switch cropSize ?? size {
    case .integer(let side): preprocessing.crop = ImageSize(height: side, width: side)
    case .exact(let size): preprocessing.crop = size
    case .shortestEdge, nil:
      throw ImagingError(.badPreprocessing, "'do_center_crop' needs 'crop_size' with a height and a width")
    }
  }

  private func resizeTarget() throws(ImagingError) -> ResizeTarget {
    switch size {
    case .exact(let size): return .exact(height: size.height, width: size.width)
    case .shortestEdge(let edge): return .shorterSide(edge)
    case .integer(let side):
      let keepsAspect = Self.shorterSideTypes.contains { processorType.hasPrefix($0) }
      let isSquare = defaultToSquare ?? !keepsAspect
      return isSquare ? .exact(height: side, width: side) : .shorterSide(side)
    case nil:
      throw ImagingError(.badPreprocessing, "'do_resize' needs 'size'")
    }
  }

  private var isConvNext: Bool { cropPct != nil || processorType.hasPrefix("ConvNext") }

  private func setConvNextGeometry(of preprocessing: inout Preprocessing) throws(ImagingError) {
    guard doResize ?? true else { return }
    let side: Int
    switch size {
    case .integer(let edge), .shortestEdge(let edge): side = edge
    default: throw ImagingError(.badPreprocessing, "'crop_pct' needs 'size' with a shortest_edge")
    }
    guard side < Self.convNextCropLimit else {
      preprocessing.resize = .exact(height: side, width: side)
      return
    }
    let share = cropPct ?? Self.convNextCropPct
    guard share > 0, share <= 1, let resized = Int(exactly: (Double(side) / share).rounded(.towardZero))
    else {
      throw ImagingError(.badPreprocessing, "'crop_pct' must be well above 0 and at most 1")
    }
    preprocessing.resize = .shorterSide(resized)
    preprocessing.crop = ImageSize(height: side, width: side)
  }

  private func setValues(of preprocessing: inout Preprocessing) {
    preprocessing.rescaleFactor = doRescale ?? true ? rescaleFactor : 1
    preprocessing.channels = doFlipChannelOrder ?? false ? .bgr : nil
    let normalizes = doNormalize ?? (imageMean != nil)
    preprocessing.mean = normalizes ? imageMean : [0]
    preprocessing.std = normalizes ? imageStd : [1]
  }
}

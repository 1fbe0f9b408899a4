/// How a Hugging Face processor resizes and crops.
struct HuggingFaceGeometry {
  private let file: HuggingFaceProcessor
  private let known: HuggingFaceClass
  private let size: HuggingFaceProcessor.Size
  /// nil if nothing is cropped.
  private let crop: ImageSize?

  /// ConvNeXt crops below this size. From this size on, it resizes to a square without keeping proportions.
  private static let convNextCropLimit = 384

  init(_ file: HuggingFaceProcessor, _ known: HuggingFaceClass) throws(ImagingError) {
    (self.file, self.known) = (file, known)
    size = (file.size ?? known.size).standard(isSquare: file.flags[.defaultToSquare] ?? !known.keepsAspect)
    let isCropped = known.steps != .uncropped && file.flags[.doCenterCrop] ?? known.isCropped
    guard isCropped else {
      crop = nil
      return
    }
    guard case .exact(let size)? = (file.cropSize ?? known.cropSize)?.standard(isSquare: true) else {
      throw .preprocessing("'do_center_crop' needs 'crop_size' with a height and a width")
    }
    crop = size
  }

  private var resizes: Bool { file.flags[.doResize] ?? (known.names.isEmpty ? file.size != nil : true) }

  /// - Throws: `badPreprocessing` if sizes do not have the form that the class takes, or if images would get
  ///   different sizes.
  func preprocessing() throws(ImagingError) -> Preprocessing {
    var result = Preprocessing(interpolation: try interpolation(), centralShare: try centralShare())
    result.crop = known.steps == .perceiver ? nil : crop
    guard resizes else {
      guard result.centralShare == nil else { throw Self.sizesVary("'do_resize' is false") }
      result.keepsSize = file.flags[.doResize] != nil
      return result
    }
    let target = try resizeTarget()
    result.resize = target
    if known.steps == .convNext, case .shorterSide = target {
      let side = try shortestEdge()
      let cut = ImageSize(height: side, width: side)
      guard crop == nil || crop == cut else {
        throw .preprocessing(
          "'crop_size' contradicts 'crop_pct', and Oddity crops only once; make them agree")
      }
      result.crop = cut
    }
    guard target.isExact || result.crop != nil else {
      throw Self.sizesVary("'size' keeps the aspect ratio and 'do_center_crop' is false")
    }
    return result
  }

  private static func sizesVary(_ reason: String) -> ImagingError {
    ImagingError.preprocessing(
      "the result would have a different size for each image, because \(reason); set 'do_center_crop' and "
        + "'crop_size', or 'size' with height and width")
  }

  /// The filter for Pillow's number.
  private func interpolation() throws(ImagingError) -> Interpolation {
    let filters: [Interpolation] = [.nearest, .lanczos, .bilinear, .bicubic, .box, .hamming]
    let number = file.resample ?? known.resample
    guard filters.indices.contains(number) else {
      throw .preprocessing(
        "'resample': \(number) is not supported; Pillow's numbers are 0 (nearest), 1 (lanczos), 2 (bilinear), 3 (bicubic), "
          + "4 (box), 5 (hamming)")
    }
    return filters[number]
  }

  private func resizeTarget() throws(ImagingError) -> ResizeTarget {
    let multiple = file.sizeDivisor ?? known.multiple ?? 1
    switch known.steps {
    case .convNext:
      let side = try shortestEdge()
      return side < Self.convNextCropLimit
        ? .shorterSide(try scaled(side)) : .exact(height: side, width: side)
    case .levit:
      guard case .shortestEdge(let edge) = size else { return plainTarget }
      return .shorterSide(try Self.whole(256.0 / 224.0 * Double(edge), "size"))
    case .poolFormer: return try poolFormerTarget()
    case .ppLCNet:
      return .rounded(
        .init(shorterSide: file.resizeShort ?? 256, rounding: .nearest, multipleOf: multiple))
    case .textNet:
      return .rounded(.init(shorterSide: try shortestEdge(), rounding: .down, multipleOf: multiple))
    case .perceiver:
      guard case .exact = size else { throw Self.needs("'size' with a height and a width") }
      return plainTarget
    case .plain, .uncropped, .efficientNet, .mobileViT: return plainTarget
    }
  }

  private var plainTarget: ResizeTarget {
    switch size {
    case .exact(let size): .exact(height: size.height, width: size.width)
    case .shortestEdge(let edge), .integer(let edge): .shorterSide(edge)
    }
  }

  private func poolFormerTarget() throws(ImagingError) -> ResizeTarget {
    if file.isCropPctNull { return plainTarget }
    switch size {
    case .shortestEdge(let edge), .integer(let edge): return .shorterSide(try scaled(edge))
    case .exact(let size) where size.height == size.width: return .shorterSide(try scaled(size.height))
    case .exact(let size): return .exact(height: try scaled(size.height), width: try scaled(size.width))
    }
  }

  private func shortestEdge() throws(ImagingError) -> Int {
    guard case .shortestEdge(let edge) = size else { throw Self.needs("'size' with a shortest_edge") }
    return edge
  }

  private static func needs(_ what: String) -> ImagingError {
    ImagingError.preprocessing("its class needs \(what)")
  }

  /// A side divided by `crop_pct`.
  private func scaled(_ side: Int) throws(ImagingError) -> Int {
    guard !file.isCropPctNull else {
      throw .preprocessing("'crop_pct' is null; give a number or leave it out")
    }
    let share = file.cropPct ?? known.cropPct ?? 1
    guard share > 0, share <= 1 else {
      throw .preprocessing("'crop_pct' must be above 0 and at most 1")
    }
    return try Self.whole(Double(side) / share, "crop_pct")
  }

  private static func whole(_ side: Double, _ key: String) throws(ImagingError) -> Int {
    guard let whole = Int(exactly: side.rounded(.towardZero)), ImageSize.allowedSides.contains(whole) else {
      throw .preprocessing("'\(key)' leads to a side of \(side) pixels")
    }
    return whole
  }

  /// The Perceiver's crop, which is applied before its resize.
  private func centralShare() throws(ImagingError) -> [Double]? {
    guard known.steps == .perceiver, let crop, case .exact(let size) = size else { return nil }
    guard crop.isAllowed, size.isAllowed else { throw Self.needs("'size' and 'crop_size' above 0") }
    return [Double(size.height) / Double(crop.height), Double(size.width) / Double(crop.width)]
  }
}

extension HuggingFaceProcessor.Size {
  /// The meaning of a plain integer.
  fileprivate func standard(isSquare: Bool) -> Self {
    guard case .integer(let side) = self else { return self }
    return isSquare ? .square(side) : .shortestEdge(side)
  }
}

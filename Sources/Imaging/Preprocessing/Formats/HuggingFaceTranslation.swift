extension HuggingFaceProcessor {
  /// The preprocessing in Oddity's own terms: what the class computes by default on torchvision, but
  /// resampled as in Pillow.
  ///
  /// - Throws: `badPreprocessing`, naming the key, if Oddity does not support its value.
  func preprocessing() throws(ImagingError) -> Preprocessing {
    if processorType?.hasPrefix("TimmWrapper") ?? false {
      throw .preprocessing("it does not hold 'pretrained_cfg'; pass timm's config.json from the same folder")
    }
    let known = if let processorType { try HuggingFaceClass.named(processorType) } else { try unnamedClass() }
    var preprocessing = try HuggingFaceGeometry(self, known).preprocessing()
    preprocessing.cropRounding = .down
    preprocessing.alpha = flags[.doConvertRGB] ?? known.convertsToRGB ? .white : .drop
    try checkStatistics(known)
    setValues(of: &preprocessing, known)
    return preprocessing
  }

  /// The key that a step requires but the file lacks, if the file does not name the class that has the
  /// default.
  private var missingKey: CodingKeys? {
    let resizes = flags[.doResize] ?? (size != nil)
    let normalizes = flags[.doNormalize] ?? (imageMean != nil || imageStd != nil)
    if resizes, size == nil { return .size }
    if resizes, resample == nil { return .resample }
    if flags[.doCenterCrop] ?? false, cropSize == nil { return .cropSize }
    if normalizes, imageMean == nil { return .imageMean }
    return normalizes && imageStd == nil ? .imageStd : nil
  }

  /// The class of a file that does not name one. The file must then contain everything.
  private func unnamedClass() throws(ImagingError) -> HuggingFaceClass {
    if let missingKey {
      throw .preprocessing(
        "'\(missingKey.stringValue)' is missing, and its default depends on 'image_processor_type', which is "
          + "missing too; add one of them"
      )
    }
    if cropPct != nil {
      throw .preprocessing(
        "what 'crop_pct' means depends on the class; add \"image_processor_type\", such as \"ConvNextImageProcessor\""
      )
    }
    return HuggingFaceClass(
      names: [], size: size ?? .square(0), cropSize: cropSize, isCropped: cropSize != nil,
      resample: resample ?? 2)
  }

  private func normalizes(_ known: HuggingFaceClass) -> Bool {
    known.steps != .mobileViT && flags[.doNormalize] ?? (processorType != nil || imageMean != nil)
  }

  /// - Throws: `badPreprocessing` if the processor itself would fail, or if an std is negative and would be
  ///   squared.
  private func checkStatistics(_ known: HuggingFaceClass) throws(ImagingError) {
    if normalizes(known), let key = nullStatistics.first {
      throw .preprocessing(
        "'\(key.stringValue)' is null, but 'do_normalize' is true; give numbers, or set 'do_normalize' to false"
      )
    }
    if imageStd?.contains(where: { $0 <= 0 }) ?? false {
      throw .preprocessing("'image_std' must be above 0")
    }
  }

  private func setValues(of preprocessing: inout Preprocessing, _ known: HuggingFaceClass) {
    let rescales = flags[.doRescale] ?? true
    let isUnnamed = processorType == nil
    let normalizes = normalizes(known)
    let deviations = imageStd ?? known.statistics.std
    var mean = normalizes ? imageMean ?? known.statistics.mean : [0]
    var std = normalizes ? deviations : [1]
    preprocessing.rescaleFactor = rescales ? rescaleFactor ?? 1 / 255 : 1
    switch known.steps {
    case .efficientNet:
      if rescales, flags[.rescaleOffset] ?? false { mean = mean.map { $0 + 1 } }
      // ((x − m) / s) / s = (x − m) / s²
      if flags[.includeTop] ?? true { std = deviations.map { normalizes ? $0 * $0 : $0 } }
    case .mobileViT: preprocessing.channels = flags[.doFlipChannelOrder] ?? true ? .bgr : nil
    case .ppLCNet:
      // Mean and std belong to red, green, blue, and channels are swapped after the normalisation.
      preprocessing.channels = .bgr
      (mean, std) = (mean.reversed(), std.reversed())
    default: preprocessing.channels = isUnnamed && (flags[.doFlipChannelOrder] ?? false) ? .bgr : nil
    }
    (preprocessing.mean, preprocessing.std) = (mean, std)
  }
}

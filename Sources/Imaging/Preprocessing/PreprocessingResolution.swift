extension Preprocessing {
  /// Fills in what was not said, from the model's input shape and from the defaults, and checks that the
  /// two agree.
  ///
  /// Without `resize` and `crop`, images are resized to the model's height and width. `resize` to a shorter
  /// side without `crop` is followed by a crop to the model's height and width; `crop` without `resize`
  /// cuts images at their own size.
  ///
  /// - Parameter inputShape: [N, C, H, W] or [N, H, W, C]; nil is a free dimension.
  /// - Throws: `badPreprocessing` that names the keys to give or to change.
  public func resolved(inputShape: [Int?]) throws(ImagingError) -> ResolvedPreprocessing {
    let input = try ModelInput(inputShape, layout: layout)
    let channels = try resolvedChannels(input)
    let size = try resolvedSize(input)
    let factor = rescaleFactor ?? 1 / 255
    guard factor.isFinite, factor != 0 else {
      throw ImagingError(.badPreprocessing, "'rescale_factor' must be a finite number other than 0")
    }
    let standardDeviations = try perChannel(std, default: 1, key: "std", count: channels.count)
    guard standardDeviations.allSatisfy({ Float($0) != 0 }) else {
      throw ImagingError(.badPreprocessing, "'std' must not be 0; give the training images' deviation")
    }
    return ResolvedPreprocessing(
      resize: resize ?? (crop == nil ? .exact(height: size.height, width: size.width) : nil),
      crop: resolvedCrop(size), interpolation: interpolation ?? .bilinear, channels: channels,
      mean: try perChannel(mean, default: 0, key: "mean", count: channels.count), std: standardDeviations,
      layout: input.layout, alpha: alpha ?? .drop, exifOrientation: exifOrientation ?? true,
      rescaleFactor: factor, size: size, normalizationKnown: mean != nil || std != nil)
  }

  private func resolvedChannels(_ input: ModelInput) throws(ImagingError) -> ChannelOrder {
    let count = input.channels ?? channels?.count ?? 3
    guard count == 1 || count == 3 else {
      throw ImagingError(
        .badPreprocessing, "the model takes \(count) channels; Oddity feeds images to models of 1 or 3")
    }
    let order = channels ?? (count == 1 ? .grey : .rgb)
    guard order.count == count else {
      throw ImagingError(
        .badPreprocessing,
        "'channels' is \"\(order.rawValue)\", but the model takes \(count); "
          + "give \(count == 1 ? "\"L\"" : "\"RGB\" or \"BGR\"")")
    }
    return order
  }

  /// The height and width that reach the model.
  private func resolvedSize(_ input: ModelInput) throws(ImagingError) -> ImageSize {
    var said = crop
    if said == nil, case .exact(let height, let width) = resize {
      said = ImageSize(height: height, width: width)
    }
    guard let height = input.height ?? said?.height, let width = input.width ?? said?.width else {
      throw ImagingError(
        .badPreprocessing,
        "the model leaves its input's height or width open; say it with \"crop\": 224 or \"resize\": "
          + "[224, 224] in a JSON file for --preprocess")
    }
    if let said, said != ImageSize(height: height, width: width) {
      throw ImagingError(
        .badPreprocessing,
        "the preprocessing gives \(said.height)×\(said.width) pixels, but the model takes "
          + "\(height)×\(width); set \"crop\" or \"resize\" to [\(height), \(width)] in a JSON file")
    }
    let size = ImageSize(height: height, width: width)
    guard size.isAllowed, crop?.isAllowed ?? true, resize?.smallestSize.isAllowed ?? true else {
      throw ImagingError(
        .badPreprocessing,
        "'resize', 'crop' and the model's input must be of \(ImageSize.allowedSides.lowerBound) to "
          + "\(ImageSize.allowedSides.upperBound) pixels a side")
    }
    return size
  }

  private func resolvedCrop(_ size: ImageSize) -> ImageSize? {
    if let crop { return crop }
    if case .shorterSide = resize { return size }
    return nil
  }

  private func perChannel(
    _ values: [Double]?, default standard: Double, key: String, count: Int
  ) throws(ImagingError) -> [Double] {
    let values = values ?? [standard]
    guard values.allSatisfy({ Float($0).isFinite }) else {
      throw ImagingError(.badPreprocessing, "'\(key)' must be finite numbers")
    }
    if values.count == 1 { return [Double](repeating: values[0], count: count) }
    guard values.count == count else {
      throw ImagingError(
        .badPreprocessing,
        "'\(key)' has \(values.count) values, but the model takes \(count) channel\(count == 1 ? "" : "s")")
    }
    return values
  }
}

/// The axes of a model's image input.
private struct ModelInput {
  let layout: TensorLayout
  let channels: Int?
  let height: Int?
  let width: Int?

  init(_ shape: [Int?], layout said: TensorLayout?) throws(ImagingError) {
    guard shape.count == 4 else {
      throw ImagingError(
        .badPreprocessing,
        "the model's input has \(shape.count) axes; Oddity feeds images to inputs [N, C, H, W] or "
          + "[N, H, W, C]; name another one with --input")
    }
    let imageChannels: [Int?] = [1, 3]
    let looksChannelsLast = !imageChannels.contains(shape[1]) && imageChannels.contains(shape[3])
    layout = said ?? (looksChannelsLast ? .nhwc : .nchw)
    channels = layout == .nchw ? shape[1] : shape[3]
    height = layout == .nchw ? shape[2] : shape[1]
    width = layout == .nchw ? shape[3] : shape[2]
  }
}

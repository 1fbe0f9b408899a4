import OdditySettings

extension Preprocessing {
  /// Fills in missing keys from the shape of the model's input and from the defaults, and checks that they
  /// agree.
  ///
  /// Without `resize` and `crop`, images are resized to the model's height and width. `resize` to a shorter
  /// side without `crop` is followed by a crop to the model's height and width. `crop` without `resize` cuts
  /// images at their own size.
  ///
  /// If the input takes integers, bytes are neither scaled nor normalised by default.
  ///
  /// - Parameters:
  ///   - inputShape: [N, C, H, W] or [N, H, W, C]; nil is a dynamic dimension.
  ///   - inputType: the type of the input's elements.
  /// - Throws: `badPreprocessing` that names the keys to give or to change.
  public func resolved(
    inputShape: [Int?], inputType: InputType = .float32
  ) throws(ImagingError) -> ResolvedPreprocessing {
    let input = try ModelInput(inputShape, layout: layout)
    if let other = alternatives.first(where: { !fits(input) && $0.fits(input) }) {
      return try other.resolved(inputShape: inputShape, inputType: inputType)
    }
    let channels = try resolvedChannels(input)
    let size = try resolvedSize(input)
    let isInteger = inputType.integers != nil
    let resolved = ResolvedPreprocessing(
      resize: resize ?? (crop == nil && !keepsSize ? .exact(height: size.height, width: size.width) : nil),
      crop: crop ?? (resize?.isExact ?? true ? nil : size), interpolation: interpolation ?? .bilinear,
      channels: channels,
      mean: try perChannel(mean, default: 0, key: "mean", count: channels.count),
      std: try resolvedStd(count: channels.count), layout: input.layout, alpha: alpha ?? .drop,
      exifOrientation: exifOrientation ?? true, rescaleFactor: try resolvedFactor(isInteger: isInteger),
      size: size, cropRounding: cropRounding ?? .even, frame: try resolvedFrame(count: channels.count),
      centralShare: try resolvedShare(), inputType: inputType,
      normalizationKnown: isInteger || saysValues)
    try resolved.checkValues()
    return resolved
  }

  private static func require(_ holds: Bool, _ demand: @autoclosure () -> String) throws(ImagingError) {
    guard holds else { throw .preprocessing(demand()) }
  }

  private func resolvedFactor(isInteger: Bool) throws(ImagingError) -> Double {
    let factor = rescaleFactor ?? (isInteger ? 1 : 1 / 255)
    try Self.require(factor.isFinite && factor != 0, "'rescale_factor' must be a finite number other than 0")
    return factor
  }

  private func resolvedStd(count: Int) throws(ImagingError) -> [Double] {
    let deviations = try perChannel(std, default: 1, key: "std", count: count)
    try Self.require(
      deviations.allSatisfy { Float($0) != 0 }, "'std' must not be 0; give the training images' deviation")
    return deviations
  }

  private func resolvedFrame(count: Int) throws(ImagingError) -> [UInt8] {
    let bytes = try perChannel(frame, default: 0, key: "frame", count: count).map { UInt8(exactly: $0) }
    try Self.require(!bytes.contains(nil), "'frame' must be whole numbers of 0 to 255")
    return bytes.compactMap(\.self)
  }

  private func resolvedShare() throws(ImagingError) -> [Double]? {
    try Self.require(
      centralShare.map(ResolvedPreprocessing.areShares) ?? true,
      "'central_share' must be [height, width], shares of the shorter side above 0")
    return centralShare
  }

  private func resolvedChannels(_ input: ModelInput) throws(ImagingError) -> ChannelOrder {
    let count = input.channels ?? channels?.count ?? 3
    try Self.require(
      count == 1 || count == 3,
      "the model takes \(count) channels, but Oddity supports only 1 or 3; if you set 'layout', set the "
        + "other one"
    )
    let order = channels ?? (count == 1 ? .grey : .rgb)
    try Self.require(
      order.count == count,
      "'channels' is \"\(order.rawValue)\", but the model takes \(count); "
        + "give \(count == 1 ? "\"L\"" : "\"RGB\" or \"BGR\"")")
    return order
  }

  /// The height and width that the given keys lead to.
  private var saidSize: ImageSize? { crop ?? (resize?.isExact == true ? resize?.smallestSize : nil) }

  /// Whether the given keys lead to the model's height and width.
  private func fits(_ input: ModelInput) -> Bool {
    guard let saidSize else { return true }
    return saidSize.height == input.height ?? saidSize.height
      && saidSize.width == input.width ?? saidSize.width
  }

  /// The height and width that reach the model.
  private func resolvedSize(_ input: ModelInput) throws(ImagingError) -> ImageSize {
    let said = saidSize
    guard let height = input.height ?? said?.height, let width = input.width ?? said?.width else {
      let example = ImageSize(height: input.height ?? 224, width: input.width ?? 224)
      throw .preprocessing(
        "the model does not fix the height or width of its input; give the size that it was trained with in "
          + "a JSON file for \(.preprocessing), such as \(text(leadingTo: example)), or with \"crop\" beside "
          + "a \"resize\" to the shorter side"
      )
    }
    let size = ImageSize(height: height, width: width)
    if let said, said != size {
      throw .preprocessing(
        "the preprocessing gives \(said.height)×\(said.width) pixels, but the model takes "
          + "\(height)×\(width); write \(text(leadingTo: size)) into a JSON file for \(.preprocessing), or "
          + "other keys that lead to this size")
    }
    try Self.require(
      size.isAllowed && (crop?.isAllowed ?? true) && (resize?.isAllowed ?? true),
      "'resize', 'crop' and the model's input must be of \(ImageSize.allowedSides.lowerBound) to "
        + "\(ImageSize.allowedSides.upperBound) pixels a side")
    return size
  }

  private func perChannel(
    _ values: [Double]?, default standard: Double, key: String, count: Int
  ) throws(ImagingError) -> [Double] {
    let values = values ?? [standard]
    try Self.require(values.allSatisfy { Float($0).isFinite }, "'\(key)' must be finite numbers")
    if values.count == 1 { return [Double](repeating: values[0], count: count) }
    try Self.require(
      values.count == count,
      "'\(key)' has \(values.count) values, but the model takes \(count) channel\(count == 1 ? "" : "s")")
    return values
  }
}

extension ResolvedPreprocessing {
  /// - Throws: `badPreprocessing` if bytes become values that the model's input cannot hold.
  fileprivate func checkValues() throws(ImagingError) {
    for table in valueTables {
      guard let misfit = inputType.misfit(among: table), let byte = table.firstIndex(of: misfit) else {
        continue
      }
      let remedy =
        inputType == .uint8 || inputType == .int32 || inputType == .int64
        ? "write a JSON file for \(.preprocessing) without 'mean', 'std' and 'rescale_factor', because the "
          + "network scales bytes itself; 'resize' and 'crop' may stay"
        : "tell in a JSON file for \(.preprocessing) how bytes are converted, as in {\"rescale_factor\": 1, "
          + "\"mean\": 128}"
      throw .preprocessing(
        "the model's input is \(inputType.rawValue), but the preprocessing makes \(misfit) of the byte \(byte): \(remedy)"
      )
    }
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
      throw .preprocessing(
        "the model's input has \(shape.count) axes; Oddity feeds images to inputs [N, C, H, W] or "
          + "[N, H, W, C]; name another one with \(.input)")
    }
    let imageChannels: [Int?] = [1, 3]
    let looksChannelsLast = !imageChannels.contains(shape[1]) && imageChannels.contains(shape[3])
    layout = said ?? (looksChannelsLast ? .nhwc : .nchw)
    channels = layout == .nchw ? shape[1] : shape[3]
    height = layout == .nchw ? shape[2] : shape[1]
    width = layout == .nchw ? shape[3] : shape[2]
  }
}

extension Preprocessing {
  /// This preprocessing as the content of a JSON file with another height and width, for users to paste.
  func text(leadingTo size: ImageSize) -> String {
    func quoted(_ value: (some RawRepresentable<String>)?) -> String? { value.map { "\"\($0.rawValue)\"" } }
    let preset = Preset.allCases.first { $0.preprocessing.hasSameValues(as: self) }
    let values = [
      ("interpolation", quoted(interpolation)), ("channels", quoted(channels)),
      ("mean", mean.map { "\($0)" }),
      ("std", std.map { "\($0)" }), ("rescale_factor", rescaleFactor.map { "\($0)" }),
    ]
    let sides = "[\(size.height), \(size.width)]"
    let keys =
      (preset == nil ? values : [("preset", quoted(preset))]) + [
        // The crop of a preset would otherwise stay.
        ("resize", sides), ("crop", preset?.preprocessing.crop.map { _ in sides }), ("alpha", quoted(alpha)),
        ("layout", quoted(layout)), ("exif_orientation", exifOrientation.map { "\($0)" }),
      ]
    let said = keys.compactMap { key, value in value.map { "\"\(key)\": \($0)" } }
    return "{" + said.joined(separator: ", ") + "}"
  }

  private func hasSameValues(as other: Preprocessing) -> Bool {
    mean == other.mean && std == other.std && rescaleFactor == other.rescaleFactor
      && channels == other.channels
      && interpolation == other.interpolation
  }
}

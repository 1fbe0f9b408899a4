/// A `pretrained_cfg` of timm, as stored in its models and in `config.json` on the hub, or a data
/// configuration of `timm.data.resolve_data_config`.
///
/// It is interpreted as in timm's `create_transform` for evaluation (timm 1.0, `data/config.py`,
/// `data/transforms_factory.py`).
struct TimmConfiguration: Decodable {
  enum CodingKeys: String, SnakeCaseKey {
    case inputSize, interpolation, mean, std, cropPct, cropMode, testInputSize, testCropPct
    // Known keys that do not affect an image in evaluation.
    case fixedInputSize, minInputSize, poolSize, numClasses, architecture, classifier, firstConv
  }

  enum CropMode: String, Decodable, CaseIterable {
    case center, squash, border
  }

  /// [channels, height, width]
  let inputSize: [Int]?
  let interpolation: String?
  let mean: [Double]?
  let std: [Double]?
  let cropPct: Double?
  let cropMode: CropMode?
  let testInputSize: [Int]?
  let testCropPct: Double?

  init(from decoder: any Decoder) throws {
    let keys = try StrictKeys(decoder, known: CodingKeys.self, isOfOthers: true)
    inputSize = try keys.value(.inputSize, Self.size)
    interpolation = try keys.value(.interpolation, "a text")
    mean = try keys.numbers(.mean)
    std = try keys.numbers(.std)
    cropPct = try keys.value(.cropPct, "a number")
    cropMode = try keys.value(.cropMode, "\"center\", \"squash\" or \"border\"")
    testInputSize = try keys.value(.testInputSize, Self.size)
    testCropPct = try keys.value(.testCropPct, "a number")
    for (key, size) in [(CodingKeys.inputSize, inputSize), (.testInputSize, testInputSize)]
    where size.map({ $0.count != 3 }) ?? false {
      throw ImagingError.preprocessing("'\(key.stringValue)' must be \(Self.size)")
    }
  }

  private static let size = "[channels, height, width]"

  private static let defaultSize = [3, 224, 224]
  private static let defaultCropPct = 0.875

  /// The preprocessing in Oddity's own terms. If the model takes images of `test_input_size`, it is timm's
  /// `resolve_data_config(…, use_test_size=True)`.
  ///
  /// - Throws: `badPreprocessing`, naming the key, if Oddity does not support its value.
  func preprocessing() throws(ImagingError) -> Preprocessing {
    var preprocessing = try preprocessing(size: inputSize ?? Self.defaultSize, cropPct: cropPct)
    if let testInputSize {
      let share = testCropPct.flatMap { $0 == 0 ? nil : $0 } ?? cropPct
      preprocessing.alternatives = [try self.preprocessing(size: testInputSize, cropPct: share)]
    }
    return preprocessing
  }

  private func preprocessing(size: [Int], cropPct: Double?) throws(ImagingError) -> Preprocessing {
    let crop = ImageSize(height: size[1], width: size[2])
    let share = cropPct.flatMap { $0 == 0 ? nil : $0 } ?? Self.defaultCropPct
    guard crop.isAllowed, let scaled = crop.divided(by: share) else {
      throw .preprocessing("'crop_pct' \(share) of \(crop.height)×\(crop.width) does not give a valid size")
    }
    let mean = known(mean) ?? ImageStatistics.imagenet.mean
    return Preprocessing(
      resize: resize(scaled), crop: crop, interpolation: try filter(), mean: mean,
      std: known(std) ?? ImageStatistics.imagenet.std, rescaleFactor: 1 / 255, cropRounding: .even,
      frame: cropMode == .border ? mean.map { (255 * $0).rounded(.toNearestOrEven) } : nil)
  }

  private func known(_ values: [Double]?) -> [Double]? {
    values.flatMap { $0.isEmpty ? nil : $0 }
  }

  private func resize(_ scaled: ImageSize) -> ResizeTarget {
    switch cropMode ?? .center {
    case .squash: .exact(height: scaled.height, width: scaled.width)
    case .border: .within(scaled)
    case .center: scaled.height == scaled.width ? .shorterSide(scaled.height) : .covering(scaled)
    }
  }

  private func filter() throws(ImagingError) -> Interpolation {
    guard let interpolation, !interpolation.isEmpty else { return .bicubic }
    guard let filter = Interpolation(rawValue: interpolation) else {
      throw .preprocessing("'interpolation' is \"\(interpolation)\"; Oddity has \(Interpolation.list)")
    }
    return filter
  }
}

extension ImageSize {
  /// Both sides divided and rounded down; nil if the result is not a valid size.
  fileprivate func divided(by share: Double) -> ImageSize? {
    guard let height = Int(exactly: (Double(height) / share).rounded(.down)),
      let width = Int(exactly: (Double(width) / share).rounded(.down))
    else { return nil }
    let size = ImageSize(height: height, width: width)
    return size.isAllowed ? size : nil
  }
}

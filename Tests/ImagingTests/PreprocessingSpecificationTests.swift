import Foundation
import Testing
import TestSupport

@testable import Imaging

@Suite struct PreprocessingSpecificationTests {
  @Test(arguments: [
    (#"{"mean": 0.5, "sdt": 1}"#, "'sdt' (did you mean 'std'?)"),
    // The valid keys determine the format: 'size' is the unknown key here, and not 'mean' and 'std'.
    (#"{"mean": 0.5, "std": 1, "size": 224}"#, "unknown key 'size'; the keys"),
    (#"{"mena": 0.5, "std": 1, "image_mean": 1}"#, "'image_mean', 'mena' (did you mean 'mean'?)"),
    (#"{"do_resise": true, "size": 224, "image_mean": [0.5]}"#, "'do_resise' (did you mean 'do_resize'?)"),
    (
      #"{"input_size": [3, 8, 8], "crop_ptc": 1, "crop_mode": "center"}"#,
      "'crop_ptc' (did you mean 'crop_pct'?)"
    ),
    (#"{"model_type": "vit", "image_size": 224}"#, "preprocessor_config.json"),
    (#"{"preset": "tensorflow"}"#, "'preset' must be one of imagenet, cifar, tf, torch, caffe"),
    (#"{"resize": "big"}"#, "resize"),
    (#"{"resize": [1, 2, 3]}"#, "resize"),
    (#"{"resize": {"shorter_side": 5}}"#, "resize"),
    (#"{"crop": 1.5}"#, "crop"),
    (#"{"interpolation": "spline"}"#, "lanczos"),
    (#"{"channels": "RGBA"}"#, "channels"),
    (#"{"layout": "CHW"}"#, "layout"),
    (#"{"mean": ["a"]}"#, "mean"),
    (#"{"exif_orientation": 1}"#, "exif_orientation"),
    (#"{"crop_rounding": "up"}"#, "crop_rounding"),
    (#"{"central_share": 1}"#, "central_share"),
    (#"{"do_resize": true}"#, "size"),
    (#"{"do_resize": true, "size": {"longest_edge": 5}}"#, "longest_edge"),
    (#"{"do_resize": true, "size": 224, "resample": 6}"#, "'resample': 6"),
    (#"{"do_resize": true, "size": 224}"#, "'resample' is missing"),
    (
      #"{"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 64}, "crop_pct": null}"#,
      "'crop_pct' is null"
    ),
    (#"{"do_normalize": true, "image_std": [1]}"#, "'image_mean' is missing"),
    (#"{"do_resize": true, "size": 224, "do_pad": true}"#, "do_pad"),
    (#"{"do_resize": true, "size": 224, "do_thumbnail": true}"#, "do_thumbnail"),
    (#"{"image_processor_type": "DonutImageProcessor"}"#, "resizes images twice"),
    (#"{"image_processor_type": "ImageGPTImageProcessor"}"#, "colour indices"),
    (#"{"image_processor_type": "Siglip2ImageProcessorFast"}"#, "patches"),
    (#"{"image_processor_type": "OtherImageProcessor"}"#, "OtherImageProcessor"),
    (#"{"image_processor_type": "TimmWrapperImageProcessor"}"#, "config.json"),
    (#"{"image_processor_type": "TextNetImageProcessor"}"#, "do_center_crop"),
    (#"{"image_processor_type": "CLIPImageProcessor", "do_center_crop": false}"#, "do_center_crop"),
    (#"{"image_processor_type": "PerceiverImageProcessor", "do_resize": false}"#, "do_resize"),
    (#"{"image_processor_type": "ViTImageProcessor", "image_mean": null}"#, "'image_mean' is null"),
    (#"{"image_processor_type": "ViTImageProcessor", "image_std": null}"#, "'image_std' is null"),
    (#"{"image_processor_type": "EfficientNetImageProcessor", "image_std": [-0.5]}"#, "'image_std'"),
    (
      #"{"image_processor_type": "ConvNextImageProcessor", "size": {"height": 8, "width": 8}}"#,
      "shortest_edge"
    ),
    (#"{"crop_pct": 0.9, "do_resize": true, "size": 8, "resample": 2}"#, "image_processor_type"),
    (#"{"crop_pct": 0, "size": 224, "image_processor_type": "ConvNextImageProcessor"}"#, "crop_pct"),
    (#"{"crop_pct": 1e-300, "size": 224, "image_processor_type": "PoolFormerImageProcessor"}"#, "crop_pct"),
    (
      #"{"crop_pct": 0.5, "size": -9223372036854775808, "image_processor_type": "ConvNextImageProcessor"}"#,
      "crop_pct"
    ),
    (#"{"size": 9223372036854775807, "image_processor_type": "LevitImageProcessor"}"#, "'size'"),
    (#"{"image_processor": {"image_processor_type": "DonutImageProcessor"}}"#, "DonutImageProcessor"),
    (#"{"pretrained_cfg": {"input_size": [3, 8, 8], "interpolation": "random"}}"#, "random"),
    (#"{"pretrained_cfg": {"input_size": [8, 8]}}"#, "input_size"),
    (#"{"pretrained_cfg": {"input_size": [3, 8, 8], "crop_pct": 1e-300}}"#, "crop_pct"),
    (#"{"data_config": {"input_size": [3, 8, 8], "crop_mode": "stretch"}}"#, "crop_mode"),
    ("[1, 2]", "JSON object"),
    ("not JSON", "JSON object"),
  ])
  func wrongSpecificationsAreNamed(json: String, offender: String) {
    let error = #expect(throws: ImagingError.self) {
      try Preprocessing.parse(Array(json.utf8), name: "prep.json")
    }
    #expect(error?.code == .badPreprocessing)
    #expect(error?.message.contains(offender) == true, "\(error?.message ?? "")")
    #expect(error?.message.contains("prep.json") == true)
  }

  @Test func aMissingFileIsNamedAndThePresetsToo() {
    let error = #expect(throws: ImagingError.self) { try Preprocessing.load("/nonexistent/prep.json") }
    #expect(error?.code == .badPreprocessing)
    #expect(error?.message.contains("imagenet") == true)
    #expect(error?.message.contains("/nonexistent/prep.json") == true)
  }

  static let misfits: [(Preprocessing, [Int?], String)] = [
    (Preprocessing(), [nil, 3, nil, nil], "crop"),
    (Preprocessing(resize: .shorterSide(256)), [nil, 3, nil, 224], "crop"),
    (.imagenet, [nil, 3, 299, 299], "299"),
    (Preprocessing(resize: .exact(height: 10, width: 12)), [nil, 3, 12, 10], "[12, 10]"),
    (Preprocessing(), [nil, 10], "axes"),
    (Preprocessing(), [nil, 4, 32, 32], "4 channels"),
    (Preprocessing(channels: .bgr), [nil, 1, 32, 32], "\"L\""),
    (Preprocessing(channels: .grey), [nil, 3, 32, 32], "BGR"),
    (.cifar, [nil, 1, 32, 32], "has 3 values"),
    (Preprocessing(std: [1, 0, 1]), [nil, 3, 32, 32], "'std'"),
    (Preprocessing(std: [1e-60]), [nil, 3, 32, 32], "'std'"),
    (Preprocessing(mean: [.nan]), [nil, 3, 32, 32], "'mean'"),
    (Preprocessing(mean: [1e300]), [nil, 3, 32, 32], "'mean'"),
    (Preprocessing(crop: ImageSize(height: 0, width: 5)), [nil, 3, nil, nil], "'crop'"),
    (Preprocessing(resize: .shorterSide(-1)), [nil, 3, 5, 5], "'resize'"),
    (Preprocessing(rescaleFactor: 0), [nil, 3, 5, 5], "rescale_factor"),
    (Preprocessing(rescaleFactor: .infinity), [nil, 3, 5, 5], "rescale_factor"),
    (Preprocessing(), [nil, 3, 65_536, 5], "65535 pixels"),
    (Preprocessing(frame: [256]), [nil, 3, 5, 5], "'frame'"),
    (Preprocessing(centralShare: [1]), [nil, 3, 5, 5], "'central_share'"),
    (Preprocessing(centralShare: [0, 1]), [nil, 3, 5, 5], "'central_share'"),
  ]

  @Test(arguments: misfits.indices)
  func specificationsThatDoNotFitTheModelAreErrors(index: Int) {
    let (preprocessing, shape, offender) = Self.misfits[index]
    let error = #expect(throws: ImagingError.self) { try preprocessing.resolved(inputShape: shape) }
    #expect(error?.code == .badPreprocessing)
    #expect(error?.message.contains(offender) == true, "\(error?.message ?? "")")
  }

  @Test func whatTheShapeSaysIsNotAskedAgain() throws {
    let channelsLast = try Preprocessing().resolved(inputShape: [1, 28, 30, 1])
    #expect(channelsLast.layout == .nhwc)
    #expect(channelsLast.channels == .grey)
    #expect(channelsLast.sampleShape == [28, 30, 1])
    #expect(channelsLast.resize == .exact(height: 28, width: 30))
    let said = try Preprocessing(layout: .nchw).resolved(inputShape: [nil, 3, 3, 3])
    #expect(said.sampleShape == [3, 3, 3])
    #expect(said.sampleCount == 27)
  }

  /// The specification that the error recommends is valid, gives the model's size, and does not change the
  /// values.
  @Test(
    arguments: [
      (.imagenet, [nil, 3, 32, 32], #"{"preset": "imagenet", "resize": [32, 32], "crop": [32, 32]}"#),
      (.cifar, [nil, 3, nil, 40], #"{"preset": "cifar", "resize": [224, 40]}"#),
      (
        Preprocessing(resize: .exact(height: 9, width: 9), channels: .bgr, mean: [0.5], rescaleFactor: 0.25),
        [nil, 3, 8, 8],
        #"{"channels": "BGR", "mean": [0.5], "rescale_factor": 0.25, "resize": [8, 8]}"#
      ),
    ] as [(Preprocessing, [Int?], String)])
  func theAdviceForAnotherSizeWorks(preprocessing: Preprocessing, shape: [Int?], text: String) throws {
    let error = #expect(throws: ImagingError.self) { try preprocessing.resolved(inputShape: shape) }
    #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
    let advised = try Preprocessing.parse(Array(text.utf8), name: "p").resolved(inputShape: shape)
    #expect(advised.size == ImageSize(height: shape[2] ?? 224, width: shape[3] ?? 224))
    #expect(advised.valueRange == preprocessing.valueRange)
  }

  /// Mean and std of 0 to 255 with values of 0 to 1, mixed ones, and the reverse.
  @Test func unitsThatDoNotFitAreDoubted() throws {
    let (small, large) = ([0.485, 0.456, 0.406], [123.675, 116.28, 103.53])
    for doubtful in [
      Preprocessing(mean: large), Preprocessing(mean: small, std: [58.4, 57.1, 57.4]),
      Preprocessing(mean: small, std: [0.229], rescaleFactor: 1),
    ] {
      #expect(doubtful.doubtOfUnits?.contains("did you mean") == true, "\(doubtful)")
    }
    let presets = try ["imagenet", "cifar", "tf", "torch", "caffe"].map { try Preprocessing.load($0) }
    for usual in presets + [
      Preprocessing(), Preprocessing(rescaleFactor: 1),
      Preprocessing(mean: large, std: [58.4], rescaleFactor: 1),
      Preprocessing(mean: [0.5], std: [0.5]), Preprocessing(mean: [1], std: [1]),
      Preprocessing(mean: [0], std: [1], rescaleFactor: 1),
    ] {
      #expect(usual.doubtOfUnits == nil, "\(usual)")
    }
  }

  /// The examples of the tour are read, and give the values of their programs.
  @Test func theToursPreprocessingIsRight() throws {
    let tour = try String(
      contentsOf: PythonReference.packageRoot.appending(path: "docs/tour.md"), encoding: .utf8)
    let examples = try tour.matches(of: /\| `(\{"[^`]*\})` \|/).map {
      try Preprocessing.parse(Array(String($0.1).utf8), name: "docs/tour.md")
    }
    #expect(examples.map(\.valueRange?.lowerBound) == [-2, -1, -123])
    #expect(examples.map { ($0.valueRange?.upperBound ?? 0).rounded() } == [2, 1, 151])
    #expect(examples.allSatisfy { $0.doubtOfUnits == nil })
  }

  /// Networks for ink on paper get inverted pictures: mean 1 and std −1 for values of 0 to 1, or a factor of
  /// −1.
  @Test func negativeScalesInvert() throws {
    let inverted = (0...255).map { (Float($0) / 255 - 1) / -1 }
    let std = try Preprocessing(mean: [1], std: [-1]).resolved(inputShape: [nil, 1, 5, 5])
    #expect(std.valueTables == [inverted])
    let factor = try Preprocessing(mean: [-1], rescaleFactor: -1 / 255.0).resolved(inputShape: [nil, 1, 5, 5])
    #expect(zip(factor.valueTables[0], inverted).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(std.valueRange == 0...1)
    let picture = PixelImage(width: 5, height: 5, channels: 1, pixels: (0..<25).map { $0 * 10 })
    var tensor = [Float](repeating: 0, count: 25)
    try tensor.withUnsafeMutableBufferPointer { try std.apply(picture, into: $0) }
    #expect(std.picture(of: tensor) == picture)
  }

  @Test func unknownNormalizationIsMarked() throws {
    #expect(try !Preprocessing().resolved(inputShape: [nil, 3, 8, 8]).normalizationKnown)
    #expect(try Preprocessing.cifar.resolved(inputShape: [nil, 3, 8, 8]).normalizationKnown)
    let plain = try Preprocessing.parse(
      Array(#"{"do_resize": false, "do_normalize": false}"#.utf8), name: "p")
    #expect(try plain.resolved(inputShape: [nil, 3, 8, 8]).normalizationKnown)
  }

  static let unusual = [
    Preprocessing(
      resize: .rounded(.init(shorterSide: 7, rounding: .nearest, multipleOf: 4)),
      crop: ImageSize(height: 5, width: 6), cropRounding: .down, centralShare: [0.5, 1.5]),
    Preprocessing(
      resize: .covering(ImageSize(height: 9, width: 7)), crop: ImageSize(height: 5, width: 6),
      frame: [1, 2, 3]),
    Preprocessing(
      resize: .within(ImageSize(height: 5, width: 6)), crop: ImageSize(height: 5, width: 6),
      interpolation: .lanczos),
  ]

  @Test func resolvedSurvivesJSON() throws {
    let nearest = Preprocessing(
      resize: .exact(height: 5, width: 6), interpolation: .nearest, channels: .bgr, alpha: .white,
      exifOrientation: false)
    for preprocessing in [Preprocessing.imagenet, .cifar, .kerasCaffe, nearest] + Self.unusual {
      let side = preprocessing.resize == nil ? 32 : nil
      let resolved = try preprocessing.resolved(inputShape: [nil, 3, side, side])
      let data = try JSONEncoder().encode(resolved)
      #expect(try JSONDecoder().decode(ResolvedPreprocessing.self, from: data) == resolved)
    }
  }

  @Test func whatIsResolvedCanBeReadByOtherPrograms() throws {
    let resolved = try Preprocessing.imagenet.resolved(inputShape: [nil, 3, 224, 224])
    let object = try #require(
      JSONSerialization.jsonObject(with: JSONEncoder().encode(resolved)) as? [String: Any])
    #expect(object["resize"] as? Int == 256)
    #expect(object["crop"] as? [Int] == [224, 224])
    #expect(object["size"] as? [Int] == [224, 224])
    #expect(object["interpolation"] as? String == "bilinear")
    #expect(object["channels"] as? String == "RGB")
    #expect(object["mean"] as? [Double] == [0.485, 0.456, 0.406])
    #expect(object["layout"] as? String == "NCHW")
    #expect(object["exif_orientation"] as? Bool == true)
    let factor = try #require(object["rescale_factor"] as? Double)
    #expect(abs(factor * 255 - 1) < 1e-15)
    #expect(object["normalization_known"] as? Bool == true)
  }

  @Test(arguments: [
    (10, 7, 2), (9, 6, 2), (11, 6, 2), (5, 5, 0), (4, 9, -2), (9, 4, 2), (13, 6, 4), (11, 8, 2),
  ])
  func torchvisionsCropOffsetsRoundHalvesToEven(side: Int, crop: Int, offset: Int) {
    #expect(CropWindow.offset(side, crop, .even) == offset)
  }

  @Test(arguments: [(10, 7, 1), (11, 6, 2), (5, 5, 0), (4, 9, -2), (13, 6, 3), (11, 8, 1), (15, 8, 3)])
  func huggingFacesCropOffsetsRoundDown(side: Int, crop: Int, offset: Int) {
    #expect(CropWindow.offset(side, crop, .down) == offset)
  }

  /// The format of Oddity 0.1, whose crops were rounded to even and whose padding was black.
  @Test func earlierFilesKeepTheirCrop() throws {
    let json = #"""
      {"resize": 256, "crop": [224, 224], "size": [224, 224], "interpolation": "bilinear", "channels": "RGB", "mean":
      [0, 0, 0], "std": [1, 1, 1], "layout": "NCHW", "alpha": "drop", "exif_orientation": true, "rescale_factor": 1,
      "normalization_known": true}
      """#
    let earlier = try JSONDecoder().decode(ResolvedPreprocessing.self, from: Data(json.utf8))
    #expect(earlier.cropRounding == .even)
    #expect(earlier.frame == [0, 0, 0] && earlier.centralShare == nil && earlier.inputType == .float32)
    #expect(earlier.isConsistent)
  }

  /// A network that scales its input itself gets bytes, and no other values.
  @Test func integerInputsTakeBytes() throws {
    let plain = try Preprocessing().resolved(inputShape: [nil, 3, 8, 8], inputType: .uint8)
    #expect(plain.valueTables.allSatisfy { $0 == (0...255).map(Float.init) })
    #expect(plain.normalizationKnown)
    let said = Preprocessing(
      resize: .shorterSide(9), crop: ImageSize(height: 8, width: 8), mean: [0], std: [1])
    #expect(
      try said.resolved(inputShape: [nil, 8, 8, 3], inputType: .int64).valueTables == plain.valueTables)
    let signed = Preprocessing(mean: [128], rescaleFactor: 1)
    #expect(
      try signed.resolved(inputShape: [nil, 1, 8, 8], inputType: .int8).valueTables == [
        (-128...127).map(Float.init)
      ])
  }

  static let noBytes: [(Preprocessing, InputType)] = [
    (.imagenet, .uint8), (.kerasTF, .uint8), (.kerasCaffe, .uint8), (.kerasTorch, .int64),
    (Preprocessing(rescaleFactor: 1 / 255), .uint8), (Preprocessing(mean: [1]), .uint8),
    (Preprocessing(), .int8),
  ]

  @Test(arguments: noBytes.indices)
  func valuesThatAnIntegerInputCannotHoldAreErrors(index: Int) {
    let (preprocessing, type) = Self.noBytes[index]
    let error = #expect(throws: ImagingError.self) {
      try preprocessing.resolved(inputShape: [nil, 3, 224, 224], inputType: type)
    }
    #expect(error?.code == .badPreprocessing)
    #expect(error?.message.contains("input is \(type.rawValue)") == true, "\(error?.message ?? "")")
  }

  /// Every image processor class in `transformers` for classifiers is either supported or refused with a
  /// reason.
  @Test func noClassIsBothFollowedAndRefused() {
    let names = HuggingFaceClass.all.flatMap(\.names)
    #expect(Set(names).count == names.count)
    #expect(Set(names).isDisjoint(with: HuggingFaceClass.refused.keys))
  }
}

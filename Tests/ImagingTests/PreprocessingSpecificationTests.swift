import Foundation
import Testing

@testable import Imaging

@Suite struct PreprocessingSpecificationTests {
  @Test(arguments: [
    (#"{"mean": 0.5, "sdt": 1}"#, "sdt"),
    (#"{"resize": "big"}"#, "resize"),
    (#"{"resize": [1, 2, 3]}"#, "resize"),
    (#"{"crop": 1.5}"#, "crop"),
    (#"{"interpolation": "lanczos"}"#, "interpolation"),
    (#"{"channels": "RGBA"}"#, "channels"),
    (#"{"layout": "CHW"}"#, "layout"),
    (#"{"mean": ["a"]}"#, "mean"),
    (#"{"exif_orientation": 1}"#, "exif_orientation"),
    (#"{"do_resize": true}"#, "size"),
    (#"{"do_resize": true, "size": {"longest_edge": 5}}"#, "longest_edge"),
    (#"{"do_resize": true, "size": 224, "resample": 1}"#, "resample"),
    (#"{"do_resize": true, "size": 224, "do_pad": true}"#, "do_pad"),
    (#"{"do_resize": true, "size": 224, "do_thumbnail": true}"#, "do_thumbnail"),
    (#"{"do_resize": true, "size": 224, "image_processor_type": "LevitImageProcessor"}"#, "Levit"),
    (#"{"crop_pct": 0, "size": 224, "do_resize": true}"#, "crop_pct"),
    (#"{"crop_pct": 1e-300, "size": 224, "do_resize": true}"#, "crop_pct"),
    (#"{"crop_pct": 0.5, "size": -9223372036854775808, "do_resize": true}"#, "crop_pct"),
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

  @Test func unknownNormalizationIsMarked() throws {
    #expect(try !Preprocessing().resolved(inputShape: [nil, 3, 8, 8]).normalizationKnown)
    #expect(try Preprocessing.cifar.resolved(inputShape: [nil, 3, 8, 8]).normalizationKnown)
    let plain = try Preprocessing.parse(
      Array(#"{"do_resize": false, "do_normalize": false}"#.utf8), name: "p")
    #expect(try plain.resolved(inputShape: [nil, 3, 8, 8]).normalizationKnown)
  }

  @Test func resolvedSurvivesJSON() throws {
    let nearest = Preprocessing(
      resize: .exact(height: 5, width: 6), interpolation: .nearest, channels: .bgr, alpha: .white,
      exifOrientation: false)
    for preprocessing in [Preprocessing.imagenet, .cifar, nearest] {
      let side = preprocessing == .cifar ? 32 : nil
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

  @Test(arguments: [(10, 7, 2), (9, 6, 2), (11, 6, 2), (5, 5, 0), (4, 9, -2), (9, 4, 2), (13, 6, 4)])
  func cropOffsetsRoundHalvesToEven(side: Int, crop: Int, offset: Int) {
    #expect(CropWindow.offset(side, crop) == offset)
  }
}

import Foundation
import Testing
import TestSupport

@testable import Imaging

@Suite struct PreprocessingPipelineTests {
  struct Case: Decodable, Sendable {
    let name, image, specification: String
    let input_shape: [Int?]
    let shape: [Int]
  }

  @Test func equalsPillowAndNumPyToTheLastBit() throws {
    let reference = try Reference<[Case]>("preprocess_reference.py")
    #expect(reference.manifest.count > 60)
    for item in reference.manifest {
      let isFile = item.specification.hasSuffix(".json")
      let argument = isFile ? reference.folder.path(item.specification) : item.specification
      let resolved = try Preprocessing.load(argument).resolved(inputShape: item.input_shape)
      #expect(resolved.sampleShape == item.shape, "\(item.name)")
      let values = try tensor(.file(reference.folder.path(item.image)), resolved)
      let expected = try reference.folder.floats(item.name + ".f32")
      #expect(values.map(\.bitPattern) == expected.map(\.bitPattern), "\(item.name)")
    }
  }

  @Test func rescalingByTheReciprocalEqualsDivision() throws {
    let resolved = try Preprocessing().resolved(inputShape: [nil, 1, 16, 16])
    let image = PixelImage(width: 16, height: 16, channels: 1, pixels: Array(0...255))
    #expect(try tensor(.pixels(image), resolved) == (0...255).map { Float($0) / 255 })
  }

  /// transformers gives a tensor of the image's own size, which the model does not accept.
  @Test(arguments: HuggingFaceClass.all.flatMap(\.names).filter { $0 != "Perceiver" })
  func whatIsNotResizedMustHaveTheModelsSize(processor: String) throws {
    let file = """
      {"image_processor_type": "\(processor)ImageProcessor", "do_resize": false, "do_center_crop": false, "do_normalize": false}
      """
    let resolved = try Preprocessing.parse(Array(file.utf8), name: "p").resolved(inputShape: [nil, 3, 2, 3])
    #expect(resolved.isConsistent)
    #expect(resolved.resize == nil && resolved.crop == nil)
    let fitting = PixelImage(width: 3, height: 2, channels: 1, pixels: [0, 0, 0, 0, 0, 255])
    #expect(try tensor(.pixels(fitting), resolved).last == (processor == "EfficientNet" ? 2 : 1))
    let turned = PixelImage(width: 2, height: 3, channels: 1, pixels: [0, 0, 0, 0, 0, 255])
    let error = #expect(throws: ImagingError.self) { try tensor(.pixels(turned), resolved) }
    #expect(
      error?.message.contains("does not resize, the image has 2×3 pixels, but the model takes 3×2") == true)
  }

  @Test func tensorsPassUnchanged() throws {
    let resolved = try Preprocessing.cifar.resolved(inputShape: [nil, 3, 1, 2])
    let values: [Float] = [0.25, -7, .infinity, 1e-30, 0, 5]
    #expect(try tensor(.tensor(values, shape: [3, 1, 2]), resolved) == values)
  }

  @Test func tensorsOfAnotherShapeAreErrors() throws {
    let resolved = try Preprocessing.cifar.resolved(inputShape: [nil, 3, 1, 2])
    let error = #expect(throws: ImagingError.self) {
      try tensor(.tensor([0, 0, 0, 0, 0, 0], shape: [1, 2, 3]), resolved)
    }
    #expect(error?.code == .badSource)
    #expect(error?.message.contains("[1, 2, 3]") == true)
  }

  @Test func tensorsThatAreNoBytesAreErrorsWhereTheModelTakesBytes() throws {
    let resolved = try Preprocessing().resolved(inputShape: [nil, 3, 1, 2], inputType: .uint8)
    let bytes: [Float] = [0, 1, 2, 3, 254, 255]
    #expect(try tensor(.tensor(bytes, shape: [3, 1, 2]), resolved) == bytes)
    for wrong: Float in [0.5, -1, 256, .nan, .infinity] {
      let error = #expect(throws: ImagingError.self) {
        try tensor(.tensor([0, 1, 2, 3, 4, wrong], shape: [3, 1, 2]), resolved)
      }
      #expect(error?.code == .badSource)
      #expect(error?.message.contains("uint8") == true)
    }
  }

  @Test func needlesThatResizingWouldBlowUpAreErrors() throws {
    let resolved = try Preprocessing.imagenet.resolved(inputShape: [nil, 3, 224, 224])
    let needle = PixelImage(
      width: 1_000_000, height: 1, channels: 1, pixels: [UInt8](repeating: 9, count: 1_000_000))
    let error = #expect(throws: ImagingError.self) { try tensor(.pixels(needle), resolved) }
    #expect(error?.code == .tooLarge)
  }

  private func tensor(_ image: EncodedImage, _ resolved: ResolvedPreprocessing) throws -> [Float] {
    var values = [Float](repeating: .nan, count: resolved.sampleCount)
    try values.withUnsafeMutableBufferPointer { try resolved.apply(image, into: $0) }
    return values
  }
}

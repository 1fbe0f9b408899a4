import Imaging
import Oddity

/// The inputs through which a model takes images in the Open Inference Protocol. Each request uses one of
/// them.
struct ModelInputs: Sendable {
  /// The name of the input for image files.
  static let files = "encoded_images"
  /// The name of the input for decoded pictures. A guarded file that takes raw pixels uses the same name.
  static let pictures = RawInput.name

  /// The name of the model in messages.
  let model: String
  /// The name of the model's own input, which takes preprocessed images.
  let own: String
  let preprocessing: ResolvedPreprocessing
  /// Whether the model's file takes raw pixels, under the name of pictures, instead of its own input.
  let takesPixels: Bool
  /// Whether the model's own input also takes pictures of any size. If a network takes bytes [N, height,
  /// width, 3], pictures of its size count as preprocessed. This is false if pictures of another size would
  /// then be read differently.
  let ownTakesPictures: Bool
  /// Whether the model's file takes raw pixels instead of its own input, so that bytes under the own name
  /// mean pixels.
  let ownIsPixels: Bool

  init(model: String, own: String, preprocessing: ResolvedPreprocessing, takesPixels: Bool) {
    (self.model, self.own) = (model, own)
    (self.preprocessing, self.takesPixels) = (preprocessing, takesPixels)
    let takesSuchBytes =
      preprocessing.inputType.integers != nil && [Int].pixelLengths.contains(preprocessing.sampleShape[2])
    ownIsPixels = takesPixels && own == Self.pictures
    ownTakesPictures = ownIsPixels || !takesSuchBytes || preprocessing.keepsPictures
  }
}

extension ResolvedPreprocessing {
  /// Whether pictures of the model's size reach a model [N, height, width, channels] as unchanged bytes.
  fileprivate var keepsPictures: Bool {
    let bytes = (0..<sampleCount).map { UInt8(truncatingIfNeeded: ($0 &* 0x9E37_79B1) >> 16) }
    let noise = PixelImage(width: size.width, height: size.height, channels: channels.count, pixels: bytes)
    var values = [Float](repeating: 0, count: sampleCount)
    let isTaken = values.withUnsafeMutableBufferPointer { place in (try? apply(noise, into: place)) != nil }
    return isTaken && values == bytes.map { Float($0) }
      && valueTables.allSatisfy { $0 == (0...255).map { Float($0) } }
  }
}

extension [Int] {
  /// The possible numbers of samples of a pixel: grey, or red, green and blue.
  static let pixelLengths = [1, 3]
}

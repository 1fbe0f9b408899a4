import Imaging
import Oddity

/// The inputs by which a model takes images in the Open Inference Protocol. A request has one of them.
struct ModelInputs: Sendable {
  /// What image files are called.
  static let files = "encoded_images"
  /// What decoded pictures are called, as the input of a guarded file that takes raw pixels is.
  static let pictures = RawInput.name

  /// What messages call the model.
  let model: String
  /// The name of the model's own input, which takes preprocessed images.
  let own: String
  let preprocessing: ResolvedPreprocessing
  /// Whether the model's file takes pixels in place of its own input, under the name of pictures.
  let takesPixels: Bool
  /// Whether the model's own name stands for pictures too. A network that takes bytes [N, height, width, 3] reads pictures of its
  /// own size as preprocessed; where they are not, those of other sizes would be read in another way.
  let ownTakesPictures: Bool
  /// Whether the model's own input has lost its name to the pixels that its file takes: bytes of that name are these.
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
  /// Whether pictures of the model's size reach a model [N, height, width, channels] as the bytes that they are.
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
  /// The samples of a pixel: grey, or red, green and blue.
  static let pixelLengths = [1, 3]
}

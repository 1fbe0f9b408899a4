import Imaging
import OddityScores

/// The faults that can happen to a network's images, and the parts of its signatures.
package struct SignatureReplays: Sendable {
  package let form: SignatureForm
  package let replays: [FaultReplay]
  private let preprocessing: ResolvedPreprocessing
  /// Whether some faults need the original images.
  package let needsPictures: Bool

  /// - Parameters:
  ///   - blocks: the number of measured blocks.
  ///   - arrays: the values of the float arrays that images come as; nil if some come as pictures, or if it
  ///     is unknown.
  ///   - arePictures: whether all images come as pictures.
  package init(
    _ preprocessing: ResolvedPreprocessing, blocks: Int, classes: Int, arrays: ClosedRange<Float>?,
    arePictures: Bool
  ) {
    form = SignatureForm(preprocessing, blocks: blocks, classes: classes, arrays: arrays)
    needsPictures = arePictures
    self.preprocessing = preprocessing
    replays = FaultReplay.all(for: form.input, needsPictures ? preprocessing : nil)
  }

  /// The image in the form that its faulty copies are made from.
  package func levels(_ tensor: ArraySlice<Float>) -> PixelLevels { PixelLevels(tensor, form: form.input) }

  /// The network's input for an image with a fault.
  ///
  /// - Parameter image: the original image; nil if no fault needs it.
  /// - Throws: ``ImagingError`` if libjpeg-turbo fails, or the image cannot be resized in another way.
  package func input(
    _ levels: PixelLevels, of image: EncodedImage?, with replay: FaultReplay
  ) throws(ImagingError) -> [Float] {
    try replay.apply(to: levels, of: image, preprocessing)
  }

  /// Whether signatures of both can be compared.
  package func isLike(_ other: SignatureReplays) -> Bool {
    form.input.scale == other.form.input.scale && replays.map(\.strength) == other.replays.map(\.strength)
  }
}

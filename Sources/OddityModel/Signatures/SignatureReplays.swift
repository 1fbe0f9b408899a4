import Imaging
import OddityScores

/// The faults that can happen to a network's images, and what its signatures consist of.
package struct SignatureReplays: Sendable {
  package let form: SignatureForm
  package let replays: [FaultReplay]
  private let preprocessing: ResolvedPreprocessing
  /// Whether some faults need the images as their files have them.
  package let needsPictures: Bool

  /// - Parameters:
  ///   - blocks: how many blocks are measured.
  ///   - arrays: the values of the float arrays that images come as; nil where some come as pictures, or nothing is known.
  ///   - arePictures: whether all come as pictures.
  package init(
    _ preprocessing: ResolvedPreprocessing, blocks: Int, classes: Int, arrays: ClosedRange<Float>?,
    arePictures: Bool
  ) {
    form = SignatureForm(preprocessing, blocks: blocks, classes: classes, arrays: arrays)
    needsPictures = arePictures
    self.preprocessing = preprocessing
    replays = FaultReplay.all(for: form.input, needsPictures ? preprocessing : nil)
  }

  /// An image, ready for its faulty copies.
  package func levels(_ tensor: ArraySlice<Float>) -> PixelLevels { PixelLevels(tensor, form: form.input) }

  /// The network's input of an image with a fault.
  ///
  /// - Parameter image: as its file has it; nil where no fault needs it.
  /// - Throws: ``ImagingError`` where libjpeg-turbo fails, or the image cannot be resized in another way.
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

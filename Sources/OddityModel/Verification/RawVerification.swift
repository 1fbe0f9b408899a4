import Imaging
import OddityScores

/// The end-to-end verification of a file that takes pixels: two images, with the scores that the model gave
/// them when the file was made.
struct RawVerification: Codable, Sendable, Equatable {
  /// The size of both images, which fit into one batch.
  let size: ImageSize
  /// The two pictures of ``VerificationInputs`` that they show.
  let pictures: [Int]
  /// For each score, in the order of the metadata, the value of each image; nil if it is not finite.
  let expected: [[Float?]]

  init(_ images: RawVerificationImages, expected: [[Float?]]) {
    (size, pictures, self.expected) = (images.size, images.pictures, expected)
  }

  /// Whether the parts agree. A file may contain anything.
  func fits(scores: Int) -> Bool {
    pictures.count == RawVerificationImages.count
      && pictures.allSatisfy((0..<VerificationInputs.count).contains)
      && expected.count == scores && expected.allSatisfy { $0.count == pictures.count }
      && (1...RawInput.longestSide).contains(size.height) && (1...RawInput.longestSide).contains(size.width)
      && size.height * size.width <= DecodingOptions.defaultMaximumPixels
  }
}

/// Two pictures of ``VerificationInputs`` with sharp edges, as images that must be resized.
struct RawVerificationImages: Sendable, Equatable {
  static let count = 2

  let size: ImageSize
  let pictures: [Int]
  private let inputs: VerificationInputs

  /// - Parameter preprocessing: if it does not resize, the images have the size of the model.
  init(_ inputs: VerificationInputs, for preprocessing: ResolvedPreprocessing) {
    let size = preprocessing.size
    self.inputs = inputs
    pictures = [VerificationInputs.count / 2, VerificationInputs.count - 1]
    // Neither a multiple of the model's size nor of the same proportions.
    self.size =
      preprocessing.resize == nil && preprocessing.crop == nil
      ? size : ImageSize(height: Self.longer(size.height * 5 / 4), width: Self.longer(size.width * 3 / 2))
  }

  private static func longer(_ side: Int) -> Int { min(side + 1, RawInput.longestSide) }

  init(_ inputs: VerificationInputs, _ stored: RawVerification) {
    (self.inputs, size, pictures) = (inputs, stored.size, stored.pictures)
  }

  /// uint8 [2, height, width, 3]: row y shows row ⌊8y/height⌋ of the grid, and columns likewise. Grey is
  /// three equal channels.
  var pixels: [UInt8] { pictures.flatMap { image($0).pixels } }

  /// Preprocessed, [2, C, H, W] or [2, H, W, C].
  func values(_ preprocessing: ResolvedPreprocessing) throws(ImagingError) -> [Float] {
    var values = [Float](repeating: 0, count: pictures.count * preprocessing.sampleCount)
    for (row, picture) in pictures.enumerated() {
      try values.withUnsafeMutableBufferPointer { buffer throws(ImagingError) in
        let start = row * preprocessing.sampleCount
        try preprocessing.apply(
          image(picture),
          into: UnsafeMutableBufferPointer(rebasing: buffer[start..<start + preprocessing.sampleCount]))
      }
    }
    return values
  }

  private func image(_ picture: Int) -> PixelImage {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(size.height * size.width * 3)
    for y in 0..<size.height {
      for x in 0..<size.width {
        let start = inputs.start(of: picture, y: y, x: x, in: size)
        let colours = inputs.pixels[start..<start + inputs.channels]
        pixels += inputs.channels == 3 ? Array(colours) : Array(repeating: colours.first ?? 0, count: 3)
      }
    }
    return PixelImage(width: size.width, height: size.height, channels: 3, pixels: pixels)
  }
}

import Imaging

extension Thumbnail {
  /// An image as reports show it; a tensor is taken back to pixels where its preprocessing allows that.
  ///
  /// - Returns: nil for a tensor of no picture.
  /// - Throws: `ImagingError` where it cannot be decoded.
  package init?(_ image: EncodedImage, of preprocessing: ResolvedPreprocessing) throws {
    switch try image.decode(preprocessing.decoding) {
    case .pixels(let pixels): try self.init(pixels, side: Picture.side, quality: Picture.quality)
    case .tensor(let values, _):
      guard let picture = preprocessing.picture(of: values) else { return nil }
      try self.init(picture, side: Picture.side, quality: Picture.quality)
    }
  }
}

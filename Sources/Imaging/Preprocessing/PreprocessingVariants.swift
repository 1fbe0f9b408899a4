/// Other ways from an image to the picture that a network sees.
extension ResolvedPreprocessing {
  /// The picture before values are scaled.
  ///
  /// - Parameters:
  ///   - target: to which the image is resized; nil for the own one.
  ///   - interpolation: likewise.
  ///   - down, right: where the crop lies in the room that it has, from −1, at the top or left edge, to 1.
  /// - Returns: of the model's size and channels, these in the order of pixels.
  /// - Throws: `tooLarge` for an image so long and narrow that resizing would make it enormous.
  package func picture(
    of image: PixelImage, resizedTo target: ResizeTarget? = nil, _ interpolation: Interpolation? = nil,
    down: Double = 0, right: Double = 0
  ) throws(ImagingError) -> PixelImage {
    let converted = cut(ChannelConversion.convert(image, to: channels, alpha: alpha))
    let resized = try resized(converted, to: target ?? resize, interpolation ?? self.interpolation)
    func start(_ side: Int, _ crop: Int, _ place: Double) -> Int {
      let room = Double(max(side - crop, 0)) / 2
      return CropWindow.offset(side, crop, cropRounding) + Int((place * room).rounded(.towardZero))
    }
    let (top, left) = (start(resized.height, size.height, down), start(resized.width, size.width, right))
    return resized.part(
      Resampler.Window(columns: left..<left + size.width, rows: top..<top + size.height))
  }
}

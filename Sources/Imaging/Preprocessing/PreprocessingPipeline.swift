extension ResolvedPreprocessing {
  /// Writes the tensor of one image.
  ///
  /// - Parameter output: `sampleCount` values, in the order of `sampleShape`.
  /// - Throws: `tooLarge` if an image is so long and narrow that resizing would make it enormous;
  ///   `unsupported` if nothing is resized and the image does not have the model's size.
  public func apply(
    _ image: PixelImage, into output: UnsafeMutableBufferPointer<Float>
  ) throws(ImagingError) {
    precondition(output.count == sampleCount, "the buffer is not of the model's input size")
    let converted = ChannelConversion.convert(image, to: channels, alpha: alpha)
    let resized = try resized(cut(converted))
    if resize == nil, crop == nil { try checkSize(of: resized) }
    write(CropWindow(image: resized, size: size, rounding: cropRounding), into: output)
  }

  /// Decodes an image and writes its tensor. float32 arrays are already preprocessed, so they are copied.
  ///
  /// - Parameter maximumPixels: images with more pixels are refused before they are decoded.
  /// - Throws: the decoder's errors; `badSource` for an array of another shape than the model's.
  public func apply(
    _ image: EncodedImage, into output: UnsafeMutableBufferPointer<Float>,
    maximumPixels: Int = DecodingOptions.defaultMaximumPixels
  ) throws(ImagingError) {
    var options = decoding
    options.maximumPixels = maximumPixels
    switch try image.decode(options) {
    case .pixels(let pixels): try apply(pixels, into: output)
    case .tensor(let values, let shape):
      guard shape == sampleShape, values.count == sampleCount else {
        let remedy =
          shape.sorted() == sampleShape.sorted()
          ? "transpose it" : "preprocess the images for this model, or save them as uint8 [N, H, W, C]"
        throw .badSource(
          "the images of the array have the shape \(shape), but the model takes \(sampleShape); \(remedy)")
      }
      try check(values)
      _ = output.update(from: values)
    }
  }

  /// - Throws: `badSource` if a preprocessed array holds values that the model's input cannot hold.
  package func check(_ values: some Sequence<Float>) throws(ImagingError) {
    guard let misfit = inputType.misfit(among: values) else { return }
    throw .badSource(
      "the array holds \(misfit), but the model's input is \(inputType.rawValue); save its images as uint8 "
        + "[N, H, W, C], bytes of 0 to 255")
  }

  private func checkSize(of image: PixelImage) throws(ImagingError) {
    guard image.width == size.width, image.height == size.height else {
      throw .unsupported(
        "the preprocessing does not resize, the image has \(image.width)×\(image.height) pixels, but the "
          + "model takes \(size.width)×\(size.height); resize the image, or fit with 'do_resize' true")
    }
  }

  /// The central part of an image that `centralShare` keeps.
  func cut(_ image: PixelImage) -> PixelImage {
    guard let centralShare else { return image }
    let shorter = Double(min(image.height, image.width))
    let window = ImageSize(
      height: max(1, Int(centralShare[0] * shorter)), width: max(1, Int(centralShare[1] * shorter)))
    return CropWindow(image: image, size: window, rounding: cropRounding).picture
  }

  /// The part of the resized image that the crop keeps.
  private func resized(_ image: PixelImage) throws(ImagingError) -> PixelImage {
    try resized(image, to: resize, interpolation) { CropWindow.kept(of: $0, by: size, cropRounding) }
  }

  /// - Parameter window: the wanted part of the resized image; nil for all of it.
  /// - Throws: `tooLarge` if an image is so long and narrow that resizing would make it enormous.
  func resized(
    _ image: PixelImage, to resize: ResizeTarget?, _ interpolation: Interpolation,
    window: (ImageSize) -> Resampler.Window? = { _ in nil }
  ) throws(ImagingError) -> PixelImage {
    let original = ImageSize(height: image.height, width: image.width)
    guard let target = resize?.size(of: original), target != original else { return image }
    guard target.width <= DecodingOptions.defaultMaximumPixels / max(target.height, image.height) else {
      throw .tooLarge(
        "an image of \(image.width)×\(image.height) pixels would be resized to "
          + "\(target.width)×\(target.height); crop the image, or give \"resize\" as [height, width]")
    }
    return Resampler.resize(
      image, width: target.width, height: target.height, interpolation: interpolation,
      window: window(target))
  }

  /// The values of the bytes 0...255 in each of the model's channels.
  package var valueTables: [[Float]] {
    zip(mean, std).map { mean, std in
      (0...255).map { (Float(Double($0) * rescaleFactor) - Float(mean)) / Float(std) }
    }
  }

  private func write(_ window: CropWindow, into output: UnsafeMutableBufferPointer<Float>) {
    let tables = valueTables
    let plane = size.height * size.width
    for (channel, table) in tables.enumerated() {
      let source = channels == .bgr ? tables.count - 1 - channel : channel
      window.write(
        source, table: table, frame: frame[channel], into: output,
        from: layout == .nchw ? channel * plane : channel, step: layout == .nchw ? 1 : tables.count)
    }
  }
}

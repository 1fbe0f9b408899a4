extension ResolvedPreprocessing {
  /// Writes the tensor of one image.
  ///
  /// - Parameter output: `sampleCount` values, in the order of `sampleShape`.
  /// - Throws: `tooLarge` for an image so long and narrow that resizing would make it enormous.
  public func apply(
    _ image: PixelImage, into output: UnsafeMutableBufferPointer<Float>
  ) throws(ImagingError) {
    precondition(output.count == sampleCount, "the buffer is not of the model's input size")
    let converted = ChannelConversion.convert(image, to: channels, alpha: alpha)
    write(CropWindow(image: try resized(converted), size: size), into: output)
  }

  /// Decodes an image and writes its tensor; arrays of float32 are already preprocessed and copied.
  ///
  /// - Parameter maximumPixels: an image with more is refused before it is decoded.
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
        throw ImagingError(
          .badSource, "the array's images are \(shape), but the model takes \(sampleShape); transpose it")
      }
      _ = output.update(from: values)
    }
  }

  /// The height and width that an image is resized to before the crop.
  func resizedSize(of image: ImageSize) -> ImageSize {
    switch resize {
    case nil: return image
    case .exact(let height, let width): return ImageSize(height: height, width: width)
    case .shorterSide(let side):
      let (short, long) = (min(image.height, image.width), max(image.height, image.width))
      let newLong = Int(Double(side * long) / Double(short))
      return image.width <= image.height
        ? ImageSize(height: newLong, width: side) : ImageSize(height: side, width: newLong)
    }
  }

  /// The resized image, of which only what the crop keeps.
  private func resized(_ image: PixelImage) throws(ImagingError) -> PixelImage {
    let target = resizedSize(of: ImageSize(height: image.height, width: image.width))
    guard target != ImageSize(height: image.height, width: image.width) else { return image }
    guard target.width <= DecodingOptions.defaultMaximumPixels / max(target.height, image.height) else {
      throw ImagingError(
        .tooLarge,
        "an image of \(image.width)×\(image.height) pixels would be resized to "
          + "\(target.width)×\(target.height); cut it, or give \"resize\" as [height, width]")
    }
    return Resampler.resize(
      image, width: target.width, height: target.height, interpolation: interpolation,
      window: CropWindow.kept(of: target, by: size))
  }

  /// The values of 0...255 in each of the model's channels.
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
      switch layout {
      case .nchw:
        window.write(source, table: table, into: output, from: channel * plane, step: 1)
      case .nhwc:
        window.write(source, table: table, into: output, from: channel, step: tables.count)
      }
    }
  }
}

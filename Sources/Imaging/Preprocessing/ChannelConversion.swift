/// Brings images to the channels that a model takes.
enum ChannelConversion {
  /// - Returns: One channel for grey models and for grey images, which stand for three equal channels;
  ///   otherwise red, green, blue.
  static func convert(_ image: PixelImage, to order: ChannelOrder, alpha: AlphaHandling) -> PixelImage {
    let opaque = image.channels == 4 ? withoutAlpha(image, alpha) : image
    return order == .grey && opaque.channels == 3 ? grey(opaque) : opaque
  }

  private static func grey(_ image: PixelImage) -> PixelImage {
    let pixels = [UInt8].filled(count: image.width * image.height) { output in
      image.pixels.withUnsafeBufferPointer { input in
        for index in output.indices {
          output[index] = ColourConversion.luma(
            input[3 &* index], input[3 &* index &+ 1], input[3 &* index &+ 2])
        }
      }
    }.bytes
    return PixelImage(width: image.width, height: image.height, channels: 1, pixels: pixels)
  }

  private static func withoutAlpha(_ image: PixelImage, _ handling: AlphaHandling) -> PixelImage {
    let pixels = [UInt8].filled(count: image.width * image.height * 3) { output in
      image.pixels.withUnsafeBufferPointer { input in
        for pixel in 0..<image.width * image.height {
          let alpha = input[4 &* pixel &+ 3]
          for channel in 0..<3 {
            output[3 &* pixel &+ channel] = composed(input[4 &* pixel &+ channel], alpha, handling)
          }
        }
      }
    }.bytes
    return PixelImage(width: image.width, height: image.height, channels: 3, pixels: pixels)
  }

  /// `paste` with the alpha as its mask: (value·alpha + ground·(255 - alpha)) / 255, rounded.
  private static func composed(_ value: UInt8, _ alpha: UInt8, _ handling: AlphaHandling) -> UInt8 {
    if handling == .drop { return value }
    let ground: UInt32 = handling == .white ? 255 : 0
    return ColourConversion.divided(UInt32(value) * UInt32(alpha) + ground * UInt32(255 - alpha))
  }
}

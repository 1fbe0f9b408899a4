/// Conversions between colour modes, in integers, as Pillow's `Image.convert`.
enum ColourConversion {
  /// Luma of ITU-R 601 in 16-bit fixed point: `convert("L")` of an RGB image.
  @inline(__always)
  static func luma(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt8 {
    let weighted: UInt32 = UInt32(red) &* 19595 &+ UInt32(green) &* 38470
    return UInt8(truncatingIfNeeded: (weighted &+ UInt32(blue) &* 7471 &+ 0x8000) >> 16)
  }

  /// `round(a * b / 255)`.
  @inline(__always)
  static func scale(_ a: UInt8, by b: UInt8) -> UInt8 { divided(UInt32(a) * UInt32(b)) }

  /// `round(sum / 255)` for a sum up to 255².
  @inline(__always)
  static func divided(_ sum: UInt32) -> UInt8 {
    let shifted = sum &+ 128
    return UInt8(truncatingIfNeeded: (shifted >> 8 &+ shifted) >> 8)
  }

  /// CMYK with 255 for full ink, as TIFF has it, to RGB: each is `(255 - K) - C·(255 - K)/255`.
  static func rgb(fromCMYK samples: [UInt8]) -> [UInt8] {
    rgb(fromFourChannels: samples, inverted: false)
  }

  /// CMYK with 0 for full ink, as Adobe's JPEG files have it; like Pillow, taken for granted in every JPEG.
  static func rgb(fromInvertedCMYK samples: [UInt8]) -> [UInt8] {
    rgb(fromFourChannels: samples, inverted: true)
  }

  private static func rgb(fromFourChannels samples: [UInt8], inverted: Bool) -> [UInt8] {
    let mask: UInt8 = inverted ? 0xff : 0
    let pixels = samples.count / 4
    return [UInt8].filled(count: pixels * 3) { output in
      for pixel in 0..<pixels {
        let light = ~(samples[4 * pixel + 3] ^ mask)
        for ink in 0..<3 {
          output[3 * pixel + ink] = light - scale(samples[4 * pixel + ink] ^ mask, by: light)
        }
      }
    }.bytes
  }

  /// The upper 8 bits of 16-bit samples in the machine's byte order.
  static func upperBytes(of samples: [UInt8]) -> [UInt8] {
    let upper = UInt16(1).littleEndian == 1 ? 1 : 0
    return [UInt8].filled(count: samples.count / 2) { output in
      for index in output.indices { output[index] = samples[2 * index + upper] }
    }.bytes
  }

  /// Grey with alpha to RGBA.
  static func rgba(fromGreyAlpha samples: [UInt8]) -> [UInt8] {
    [UInt8].filled(count: samples.count * 2) { output in
      for pixel in 0..<samples.count / 2 {
        for channel in 0..<3 { output[4 * pixel + channel] = samples[2 * pixel] }
        output[4 * pixel + 3] = samples[2 * pixel + 1]
      }
    }.bytes
  }

  /// RGBA of colours that are multiplied by alpha; black where that is 0.
  static func dividedByAlpha(_ image: PixelImage) -> PixelImage {
    guard image.channels == 4 else { return image }
    var divided = image
    for pixel in stride(from: 0, to: divided.pixels.count, by: 4) {
      let alpha = Int(image.pixels[pixel + 3])
      for channel in pixel..<pixel + 3 {
        divided.pixels[channel] = alpha == 0 ? 0 : UInt8(min(255, Int(image.pixels[channel]) * 255 / alpha))
      }
    }
    return divided
  }

  /// The first three channels of four.
  static func withoutAlpha(_ image: PixelImage) -> PixelImage {
    guard image.channels == 4 else { return image }
    let pixels = [UInt8].filled(count: image.pixels.count / 4 * 3) { output in
      for index in output.indices { output[index] = image.pixels[index / 3 * 4 + index % 3] }
    }.bytes
    return PixelImage(width: image.width, height: image.height, channels: 3, pixels: pixels)
  }
}

/// Conversions between colour modes in integers, as in Pillow's `Image.convert`.
enum ColourConversion {
  /// Luma of ITU-R 601 in 16-bit fixed point: `convert("L")` of an RGB image.
  @inline(__always)
  static func luma(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt8 {
    let weighted: UInt32 = UInt32(red) &* 19595 &+ UInt32(green) &* 38470
    return UInt8(truncatingIfNeeded: (weighted &+ UInt32(blue) &* 7471 &+ 0x8000) >> 16)
  }

  /// `round(sum / 255)` for a sum up to 255².
  @inline(__always)
  static func divided(_ sum: UInt32) -> UInt8 {
    let shifted = sum &+ 128
    return UInt8(truncatingIfNeeded: (shifted >> 8 &+ shifted) >> 8)
  }

  /// CMYK to RGB: each is `(255 - K) - round(C·(255 - K) / 255)`.
  ///
  /// - Parameter isInverted: whether 0 is full ink instead of 255. Adobe's JPEG files are inverted, and like
  ///   Pillow, Oddity assumes this for every JPEG. TIFF is not inverted.
  static func rgb(fromCMYK image: PixelImage, isInverted: Bool = false) -> PixelImage {
    let mask: UInt8 = isInverted ? 0xff : 0
    return image.converted(to: 3) { inks, colours in
      let light = ~(inks[3] ^ mask)
      for ink in 0..<3 { colours[ink] = light - divided(UInt32(inks[ink] ^ mask) * UInt32(light)) }
    }
  }

  /// The upper 8 bits of 16-bit samples in the machine's byte order.
  static func upperBytes(of samples: [UInt8]) -> [UInt8] {
    let upper = UInt16(1).littleEndian == 1 ? 1 : 0
    return [UInt8].filled(count: samples.count / 2) { output in
      for index in output.indices { output[index] = samples[2 * index + upper] }
    }.bytes
  }

  /// Repeats grey in three channels.
  static func rgb(fromGrey image: PixelImage) -> PixelImage {
    image.converted(to: 3) { source, target in
      for channel in 0..<3 { target[channel] = source[0] }
    }
  }

  /// Converts grey with alpha to RGBA.
  static func rgba(fromGreyAlpha image: PixelImage) -> PixelImage {
    image.converted(to: 4) { source, target in
      for channel in 0..<3 { target[channel] = source[0] }
      target[3] = source[1]
    }
  }

  /// RGBA from colours that are multiplied by alpha; black where alpha is 0.
  static func dividedByAlpha(_ image: PixelImage) -> PixelImage {
    guard image.channels == 4 else { return image }
    return image.converted(to: 4) { source, target in
      let alpha = Int(source[3])
      for channel in 0..<3 {
        target[channel] = alpha == 0 ? 0 : UInt8(min(255, Int(source[channel]) * 255 / alpha))
      }
      target[3] = source[3]
    }
  }
}

/// Converts images to the channels that a model takes.
enum ChannelConversion {
  /// - Returns: one channel for grey models, and for grey images, which stand for three equal channels;
  ///   otherwise red, green, blue.
  static func convert(_ image: PixelImage, to order: ChannelOrder, alpha: AlphaHandling) -> PixelImage {
    let opaque = image.channels == 4 ? withoutAlpha(image, alpha) : image
    guard order == .grey, opaque.channels == 3 else { return opaque }
    return opaque.converted(to: 1) { $1[0] = ColourConversion.luma($0[0], $0[1], $0[2]) }
  }

  /// Pillow's `paste` with the alpha as its mask: (value·alpha + ground·(255 - alpha)) / 255, rounded.
  private static func withoutAlpha(_ image: PixelImage, _ handling: AlphaHandling) -> PixelImage {
    let ground: UInt32 = handling == .white ? 255 : 0
    return image.converted(to: 3) { source, target in
      let alpha = handling == .drop ? 255 : UInt32(source[3])
      for channel in 0..<3 {
        target[channel] = ColourConversion.divided(UInt32(source[channel]) * alpha + ground * (255 - alpha))
      }
    }
  }
}

/// The channels that a model takes, in their order.
public enum ChannelOrder: String, Codable, Sendable, CaseIterable {
  case rgb = "RGB"
  case bgr = "BGR"
  /// Grey, the luma of ITU-R 601.
  case grey = "L"

  /// The number of channels.
  package var count: Int { self == .grey ? 1 : 3 }
}

/// How an image's transparency is handled.
public enum AlphaHandling: String, Codable, Sendable, CaseIterable {
  /// The colours stay unchanged, as in Pillow's `convert("RGB")`.
  case drop
  /// The image is laid over black, as in Pillow's `alpha_composite`.
  case black
  /// The image is laid over white.
  case white
}

extension PixelImage {
  /// The image's luma in all three channels. Images without three channels are unchanged.
  package var withoutColour: PixelImage {
    guard channels == 3 else { return self }
    return converted(to: 3) { source, target in
      let level = ColourConversion.luma(source[0], source[1], source[2])
      for channel in 0..<3 { target[channel] = level }
    }
  }
}

/// A decoded image with 8 bits per sample. Rows start at the top, and the samples of a pixel are adjacent.
public struct PixelImage: Sendable, Equatable {
  public var width: Int
  public var height: Int
  /// 1 (grey), 3 (red, green, blue) or 4 (red, green, blue, alpha; alpha not multiplied in).
  public var channels: Int
  /// `height * width * channels` samples.
  public var pixels: [UInt8]

  /// - Precondition: `pixels` holds exactly `height * width * channels` samples.
  public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
    precondition(pixels.count == width * height * channels, "pixels do not fill the image")
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
  }

  /// An image with samples written by `fill`, which must write all of them.
  init(width: Int, height: Int, channels: Int, fill: (UnsafeMutableBufferPointer<UInt8>) -> Void) {
    let pixels = [UInt8].filled(count: width * height * channels, by: fill).bytes
    self.init(width: width, height: height, channels: channels, pixels: pixels)
  }

  /// The image with this number of channels. `convert` computes each pixel from the pixel at the same
  /// position.
  @inline(__always)
  func converted(
    to channels: Int, _ convert: (UnsafePointer<UInt8>, UnsafeMutablePointer<UInt8>) -> Void
  ) -> PixelImage {
    PixelImage(width: width, height: height, channels: channels) { output in
      pixels.withUnsafeBufferPointer { input in
        guard let source = input.baseAddress, let target = output.baseAddress else { return }
        for pixel in 0..<width * height { convert(source + pixel * self.channels, target + pixel * channels) }
      }
    }
  }
}

extension [UInt8] {
  /// An array of `count` bytes that `body` fills completely, and the result of `body`.
  static func filled<Outcome>(
    count: Int, by body: (UnsafeMutableBufferPointer<UInt8>) -> Outcome
  ) -> (bytes: [UInt8], outcome: Outcome?) {
    var outcome: Outcome?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      outcome = body(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
      initialized = count
    }
    return (bytes, outcome)
  }
}

extension Collection<UInt8> {
  /// The bytes as one number. Of more than eight bytes, only the last eight count.
  func unsigned(isLittleEndian: Bool) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    for byte in self {
      value = isLittleEndian ? value | UInt64(byte) << shift : value << 8 | UInt64(byte)
      shift += 8
    }
    return value
  }

  /// At most eight bytes as one number, which is negative if it needs more than 63 bits.
  var littleEndian: Int { Int(truncatingIfNeeded: unsigned(isLittleEndian: true)) }
  var bigEndian: Int { Int(truncatingIfNeeded: unsigned(isLittleEndian: false)) }
}

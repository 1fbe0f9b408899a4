/// A decoded image: 8 bits a sample, rows from the top, samples of a pixel side by side.
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
}

extension [UInt8] {
  /// An array of `count` bytes that `body` fills completely; returns what `body` returns with it.
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

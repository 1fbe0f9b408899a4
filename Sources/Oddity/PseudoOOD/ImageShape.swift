/// How one image lies in memory: planes of rows of pixels.
///
/// [C, H, W] is C planes with pixels of one value, [H, W, C] one plane with pixels of C values.
public struct ImageShape: Sendable, Hashable {
  public let planes: Int
  public let height: Int
  public let width: Int
  /// Values of one pixel within one plane.
  public let pixelLength: Int

  /// Values from one row to the next.
  public var rowLength: Int { width * pixelLength }
  /// Values of the whole image.
  public var count: Int { planes * height * rowLength }

  /// An image laid out [C, H, W].
  public static func channelsFirst(channels: Int, height: Int, width: Int) -> ImageShape {
    ImageShape(planes: channels, height: height, width: width, pixelLength: 1)
  }

  /// An image laid out [H, W, C].
  public static func channelsLast(height: Int, width: Int, channels: Int) -> ImageShape {
    ImageShape(planes: 1, height: height, width: width, pixelLength: channels)
  }
}

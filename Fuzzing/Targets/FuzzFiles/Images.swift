import Harness
import Imaging

/// Every image decoder. Formats are told by the first bytes, so these differ in the corpus that each begins with.
enum Images {
  static let targets: [FuzzTarget] =
    ["jpeg", "gif", "bmp", "pnm", "webp", "tiff"].map { FuzzTarget($0, decode) }
    + [FuzzTarget("png", repair: PNGChecksums.repair, decode)]

  /// Far below the product's limit: the time and memory that a large image takes are its user's choice, `--max-pixels`.
  private static let options = DecodingOptions(maximumPixels: 1 << 20)

  @Sendable
  private static func decode(_ bytes: [UInt8]) throws { try check(EncodedImage(bytes)) }

  /// - Precondition: the image has as many pixels as it may have, and the same ones each time.
  static func check(_ encoded: EncodedImage) throws {
    let image = try encoded.decode(options)
    if case .pixels(let pixels) = image {
      precondition([1, 3, 4].contains(pixels.channels), "\(pixels.channels) channels")
    }
    // Memory that nobody has written differs from call to call; so do arrays' NaN, which equal nothing.
    guard encoded.isFinite else { return }
    let again = try encoded.decode(options)
    precondition(again == image, "decoded twice, two images")
  }
}

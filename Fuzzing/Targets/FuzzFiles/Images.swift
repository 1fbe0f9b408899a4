import Harness
import Imaging

/// Every image decoder. Formats are recognised by the first bytes, so these targets differ only in their
/// initial corpus.
enum Images {
  static let targets: [FuzzTarget] =
    ["jpeg", "gif", "bmp", "pnm", "webp", "tiff"].map { FuzzTarget($0, decode) }
    + [FuzzTarget("png", repair: PNGChecksums.repair, decode)]

  /// Far below the product's limit, because users choose the time and memory for large images with
  /// `--max-pixels`.
  private static let options = DecodingOptions(maximumPixels: 1 << 20)

  @Sendable
  private static func decode(_ bytes: [UInt8]) throws { try check(EncodedImage(bytes)) }

  /// - Precondition: the image has a permitted number of pixels, and the same pixels each time.
  static func check(_ encoded: EncodedImage) throws {
    let image = try encoded.decode(options)
    if case .pixels(let pixels) = image {
      precondition([1, 3, 4].contains(pixels.channels), "\(pixels.channels) channels")
    }
    // Uninitialised memory would differ from call to call. NaN values in arrays differ too, because NaN
    // equals nothing.
    guard encoded.isFinite else { return }
    let again = try encoded.decode(options)
    precondition(again == image, "decoded twice, two images")
  }
}

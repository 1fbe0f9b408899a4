import Testing
import TestSupport

@testable import Imaging

/// Compares decoded images with Pillow's.
@Suite struct DecodingTests {
  struct Case: Decodable, Sendable {
    let file: String
    let width, height: Int
  }

  @Test func equalsPillowToTheLastBit() throws {
    let reference = try Reference<[Case]>("decode_reference.py")
    #expect(reference.manifest.count > 150)
    try compare(reference.manifest, in: reference.folder)
  }

  private static let unusual = Result { try Reference<[Case]>("unusual_image_reference.py") }

  /// Files as cameras and tools write them, by their unusual property.
  @Test(arguments: ["metadata", "jpeg", "png", "bmp", "gif", "pnm", "tiff", "webp"])
  func equalsPillowOnUnusualFiles(of kind: String) throws {
    let reference = try Self.unusual.get()
    let cases = reference.manifest.filter { $0.file.hasPrefix(kind + "-") }
    #expect(cases.count >= 8)
    try compare(cases, in: reference.folder)
  }

  private func compare(_ cases: [Case], in folder: TemporaryFolder) throws {
    for item in cases {
      guard let image = try pixels(of: .file(folder.path(item.file)), item.file) else { continue }
      #expect(image.width == item.width && image.height == item.height, "\(item.file)")
      let colour = repeated(ChannelConversion.convert(image, to: .rgb, alpha: .drop))
      let difference = try greatestDifference(colour, folder.bytes(item.file + ".rgb"))
      #expect(difference == 0, "\(item.file) in colour")
      let grey = ChannelConversion.convert(image, to: .grey, alpha: .drop)
      let greyDifference = try greatestDifference(grey.pixels, folder.bytes(item.file + ".grey"))
      #expect(greyDifference == 0, "\(item.file) in grey")
      let alphaDifference = try greatestDifference(alpha(of: image), folder.bytes(item.file + ".alpha"))
      #expect(alphaDifference == 0, "\(item.file)'s alpha")
    }
  }

  private func pixels(of image: EncodedImage, _ name: String) throws -> PixelImage? {
    do throws(ImagingError) {
      guard case .pixels(let pixels) = try image.decode() else { return nil }
      return pixels
    } catch {
      Issue.record("\(name): \(error)")
      return nil
    }
  }

  private func alpha(of image: PixelImage) -> [UInt8] {
    (0..<image.width * image.height).map { image.channels == 4 ? image.pixels[4 * $0 + 3] : 255 }
  }

  private func repeated(_ image: PixelImage) -> [UInt8] {
    image.channels == 1 ? image.pixels.flatMap { [$0, $0, $0] } : image.pixels
  }

  private func greatestDifference(_ left: [UInt8], _ right: [UInt8]) -> Int {
    guard left.count == right.count else { return Int.max }
    return zip(left, right).map { abs(Int($0) - Int($1)) }.max() ?? 0
  }
}

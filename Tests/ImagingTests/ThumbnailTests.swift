import Foundation
import Testing
import TestSupport

@testable import Imaging

@Suite struct ThumbnailTests {
  private struct Seen: Decodable {
    let format: String
    let mode: String
    let size: [Int]
    let pixels: [Int]
  }

  /// A smooth picture, in which JPEG loses little.
  private func gradient(width: Int, height: Int, channels: Int) -> PixelImage {
    let pixels = (0..<height).flatMap { y in
      (0..<width).flatMap { x in
        (0..<channels).map { channel -> UInt8 in
          channel == 3 ? 255 : UInt8((60 * channel + 100 * x / width + 90 * y / height) % 256)
        }
      }
    }
    return PixelImage(width: width, height: height, channels: channels, pixels: pixels)
  }

  /// Pillow reads the file: the size is correct, and the pixels are near those of the reduced image.
  @Test func pillowReadsThem() throws {
    let folder = try TemporaryFolder()
    let images = [
      gradient(width: 32, height: 32, channels: 3), gradient(width: 300, height: 100, channels: 3),
      gradient(width: 90, height: 200, channels: 1), gradient(width: 64, height: 48, channels: 4),
      gradient(width: 1, height: 1, channels: 3),
    ]
    var files: [String] = []
    for (position, image) in images.enumerated() {
      files.append(folder.path("\(position).jpg"))
      try Data(Thumbnail(image, side: 80, quality: 75).jpeg).write(to: URL(filePath: files[position]))
    }
    let seen: [Seen] = try PythonReference.run("thumbnail_reference.py", ["files": files])
    let sizes = [[32, 32], [80, 27], [36, 80], [64, 48], [1, 1]]
    for (position, found) in seen.enumerated() {
      #expect(found.format == "JPEG" && found.size == sizes[position])
      #expect(found.mode == (images[position].channels == 1 ? "L" : "RGB"))
      let small = Resampler.resize(
        ChannelConversion.convert(
          images[position], to: images[position].channels == 1 ? .grey : .rgb, alpha: .drop),
        width: sizes[position][0], height: sizes[position][1], interpolation: .bilinear)
      #expect(small.pixels.count == found.pixels.count)
      let error = zip(small.pixels, found.pixels).reduce(0) { $0 + abs(Int($1.0) - $1.1) }
      #expect(Double(error) / Double(found.pixels.count) < 3, "\(position)")
    }
  }

  @Test func sizesKeepProportionsAndAreNeverEnlarged() {
    #expect(Thumbnail.size(width: 20, height: 30, within: 80) == (20, 30))
    #expect(Thumbnail.size(width: 160, height: 80, within: 80) == (80, 40))
    #expect(Thumbnail.size(width: 10_000, height: 3, within: 80) == (80, 1))
    #expect(Thumbnail.size(width: 80, height: 81, within: 80) == (79, 80))
  }

  @Test func transparencyLiesOverWhite() throws {
    let clear = PixelImage(
      width: 16, height: 16, channels: 4, pixels: Array(repeating: 0, count: 16 * 16 * 4))
    let jpeg = try Thumbnail(clear, side: 80, quality: 75).jpeg
    guard case .pixels(let image) = try EncodedImage.bytes(jpeg, name: "clear").decode() else { return }
    #expect(image.pixels.allSatisfy { $0 > 250 })
  }

  @Test func theSameImageGivesTheSameBytes() throws {
    let image = gradient(width: 200, height: 150, channels: 3)
    #expect(
      try Thumbnail(image, side: 80, quality: 75) == Thumbnail(image, side: 80, quality: 75))
  }

  /// Undoes exactly the changes of the preprocessing.
  @Test(arguments: [
    (ChannelOrder.rgb, TensorLayout.nchw), (.bgr, .nchw), (.rgb, .nhwc), (.bgr, .nhwc), (.grey, .nchw),
  ])
  func aTensorShowsItsImage(channels: ChannelOrder, layout: TensorLayout) throws {
    let image = gradient(width: 9, height: 7, channels: channels.count)
    var preprocessing = Preprocessing()
    (preprocessing.channels, preprocessing.layout) = (channels, layout)
    preprocessing.mean = channels == .grey ? [0.4] : [0.4, 0.5, 0.6]
    preprocessing.std = channels == .grey ? [0.2] : [0.2, 0.25, 0.3]
    let count = channels.count
    let resolved = try preprocessing.resolved(
      inputShape: layout == .nchw ? [nil, count, 7, 9] : [nil, 7, 9, count])
    var tensor = Array(repeating: Float.zero, count: resolved.sampleCount)
    try tensor.withUnsafeMutableBufferPointer { try resolved.apply(image, into: $0) }
    #expect(resolved.picture(of: tensor) == image)
    #expect(resolved.picture(of: Array(tensor.dropLast())) == nil)
  }

  @Test func valuesOfUnknownNormalisationAreStretched() throws {
    let resolved = try Preprocessing().resolved(inputShape: [nil, 1, 1, 4])
    let picture = try #require(resolved.picture(of: [-2, 2, 0, .nan]))
    #expect(picture.pixels == [0, 255, 128, 0])
    #expect(resolved.picture(of: [3, 3, 3, .infinity])?.pixels == [0, 0, 0, 0])
  }
}

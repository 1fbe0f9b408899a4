import Foundation
import Imaging
import OddityScores

/// Sixteen small random pictures, drawn with a seed, and the model's inputs made by enlarging them.
///
/// They are not real images, so a guarded model contains nobody's photographs. They are small, so the file
/// stays small: each is a grid of 8 by 8 colours, from a single colour (the first) to sixty-four random ones
/// (the last).
package struct VerificationInputs: Sendable, Equatable {
  static let count = 16
  /// The number of colours per side.
  static let side = 8

  let channels: Int
  /// Bytes in the order picture, row, column, channel.
  let pixels: [UInt8]

  /// - Parameter channels: the number of channels of the model's images.
  package init(channels: Int, seed: UInt64) {
    var random = SplitMix64(seed: seed)
    self.channels = channels
    pixels = (0..<Self.count).flatMap { picture in
      let base = (0..<channels).map { _ in random.nextUnit() }
      let variety = Double(picture) / Double(Self.count - 1)
      return (0..<Self.side * Self.side).flatMap { _ in
        base.map { UInt8((255 * ($0 + variety * (random.nextUnit() - $0))).rounded()) }
      }
    }
  }

  /// - Returns: nil if the bytes are not those of sixteen pictures.
  init?(channels: Int, pixels: [UInt8]) {
    guard pixels.count == Self.count * Self.side * Self.side * channels else { return nil }
    (self.channels, self.pixels) = (channels, pixels)
  }

  /// The index of the colour that an enlarged picture shows at a position: row y shows row ⌊8y/height⌋ of the
  /// grid, and columns likewise.
  func start(of picture: Int, y: Int, x: Int, in size: ImageSize) -> Int {
    ((picture * Self.side + y * Self.side / size.height) * Self.side + x * Self.side / size.width) * channels
  }

  /// The model's inputs, [P, C, H, W] or [P, H, W, C]. Row y shows row ⌊8y/H⌋ of the grid, and columns
  /// likewise, preprocessed like the pixels of an image.
  ///
  /// - Parameter pictures: which of the sixteen pictures, in this order; all by default.
  package func values(_ preprocessing: ResolvedPreprocessing, of pictures: [Int] = Array(0..<count))
    -> [Float]
  {
    let (height, width) = (preprocessing.size.height, preprocessing.size.width)
    let tables = preprocessing.valueTables
    var values = Array(repeating: Float.zero, count: pictures.count * preprocessing.sampleCount)
    for (row, picture) in pictures.enumerated() {
      for y in 0..<height {
        for x in 0..<width {
          let colour = start(of: picture, y: y, x: x, in: preprocessing.size)
          for (channel, table) in tables.enumerated() {
            let place =
              switch preprocessing.layout {
              case .nchw: ((row * channels + channel) * height + y) * width + x
              case .nhwc: ((row * height + y) * width + x) * channels + channel
              }
            values[place] = table[Int(pixels[colour + channel])]
          }
        }
      }
    }
    return values
  }
}

import Foundation
import Imaging
import OddityScores

/// A fault of one strength that changes pixels.
enum PixelFault: Sendable, Equatable {
  /// Turned anticlockwise.
  case quarterTurns(Int)
  /// Left and right are swapped.
  case mirrored
  /// Compressed as a JPEG file of this quality.
  case compressed(Int)
  case grey
  /// 255 · (level / 255)^γ
  case gamma(Double)
  /// A Gaussian blur; σ in 32nds of the shorter side.
  case gaussian(Double)
  /// Shrunk by this factor, then enlarged again.
  case enlarged(Double)
  /// Shrunk and enlarged again, taking the nearest pixels.
  case nearest(Double)
  case negative
  /// Shifted by shares of the sides, rows first. The area that comes into view is black or mirrored.
  case shifted(Double, Double, isMirrored: Bool)
  /// The middle part of the width (below 1) or of the height, stretched to the full size.
  case stretched(Double)
  /// Enlarged about the centre. Below 1, shrunk and surrounded by its mirror image.
  case zoomed(Double)
  /// Normal noise with this standard deviation, in levels. It is always the same for an image.
  case noise(Double)

  /// - Throws: ``ImagingError`` if libjpeg-turbo fails.
  func apply(to image: PixelImage) throws(ImagingError) -> PixelImage {
    let (height, width) = (image.height, image.width)
    switch self {
    case .quarterTurns(let turns): return image.oriented(as: Self.orientations[turns, default: 1])
    case .mirrored: return image.oriented(as: 2)
    case .compressed(let quality): return try image.compressed(quality: quality)
    case .grey: return image.withoutColour
    case .gamma(let exponent):
      let table = (0...255).map { UInt8((255 * pow(Double($0) / 255, exponent)).rounded()) }
      return image.mapped { table[Int($0)] }
    case .gaussian(let sigma):
      return image.blurred(sigma: sigma * Double(min(height, width)) / 32)
    case .enlarged(let factor): return image.reduced(by: factor, .bilinear)
    case .nearest(let factor): return image.reduced(by: factor, .nearest)
    case .negative: return image.mapped { 255 - $0 }
    case .noise(let deviation):
      let seed = image.pixels.reduce(UInt64(deviation)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
      var noise = NormalNumbers(SplitMix64(seed: seed))
      return PixelImage(
        width: width, height: height, channels: image.channels,
        pixels: image.pixels.map {
          UInt8(min(max((Double($0) + deviation * noise.next()).rounded(), 0), 255))
        })
    case .shifted(let down, let right, let isMirrored):
      let (dy, dx) = (Int((down * Double(height)).rounded()), Int((right * Double(width)).rounded()))
      return image.gathered { row, column in
        isMirrored
          ? (Self.mirrored(row + dy, height), Self.mirrored(column + dx, width)) : (row + dy, column + dx)
      }
    case .stretched(let share):
      let rows = Self.middle(height, share > 1 ? 1 / share : 1)
      let columns = Self.middle(width, share < 1 ? share : 1)
      return image.resized(rows, columns, height: height, width: width, .bilinear)
    case .zoomed(let factor) where factor >= 1:
      return image.resized(
        Self.middle(height, 1 / factor), Self.middle(width, 1 / factor), height: height, width: width,
        .bilinear)
    case .zoomed(let factor):
      let small = image.resized(
        0..<height, 0..<width, height: max(1, Int(Double(height) * factor)),
        width: max(1, Int(Double(width) * factor)), .bilinear)
      let (top, left) = ((height - small.height) / 2, (width - small.width) / 2)
      return small.gathered(height: height, width: width) { row, column in
        (Self.mirrored(row - top, small.height), Self.mirrored(column - left, small.width))
      }
    }
  }

  /// The EXIF orientations that turn an image anticlockwise by a number of quarters.
  private static let orientations = [1: 8, 2: 3, 3: 6]

  /// A share of a side around its middle, at least one pixel.
  private static func middle(_ side: Int, _ share: Double) -> Range<Int> {
    let kept = max(1, Int((Double(side) * share).rounded()))
    return (side - kept) / 2..<(side - kept) / 2 + kept
  }

  /// The position that a mirror at the edge shows for a position beyond it.
  private static func mirrored(_ place: Int, _ side: Int) -> Int {
    guard side > 1 else { return 0 }
    let period = 2 * (side - 1)
    let within = ((place % period) + period) % period
    return within < side ? within : period - within
  }
}

extension PixelImage {
  fileprivate func mapped(_ transform: (UInt8) -> UInt8) -> PixelImage {
    PixelImage(width: width, height: height, channels: channels, pixels: pixels.map(transform))
  }

  fileprivate func reduced(by factor: Double, _ interpolation: Interpolation) -> PixelImage {
    func side(_ length: Int) -> Int { max(1, Int((Double(length) / factor).rounded())) }
    let small = resized(0..<height, 0..<width, height: side(height), width: side(width), interpolation)
    return small.resized(0..<small.height, 0..<small.width, height: height, width: width, interpolation)
  }

  fileprivate func blurred(sigma: Double) -> PixelImage {
    let filter = GaussianFilter(sigma: sigma)
    var blurred = self
    for channel in 0..<channels {
      let plane = stride(from: channel, to: pixels.count, by: channels).map { Double(pixels[$0]) }
      for (pixel, level) in filter.blurred(plane, height: height, width: width).enumerated() {
        blurred.pixels[pixel * channels + channel] = UInt8(min(max(level.rounded(), 0), 255))
      }
    }
    return blurred
  }

  /// An image whose pixels are this one's at other places; black where there is none.
  fileprivate func gathered(
    height newHeight: Int? = nil, width newWidth: Int? = nil, _ source: (Int, Int) -> (row: Int, column: Int)
  ) -> PixelImage {
    let (rows, columns) = (newHeight ?? height, newWidth ?? width)
    var target = PixelImage(
      width: columns, height: rows, channels: channels,
      pixels: [UInt8](repeating: 0, count: rows * columns * channels))
    for row in 0..<rows {
      for column in 0..<columns {
        let from = source(row, column)
        guard 0..<height ~= from.row, 0..<width ~= from.column else { continue }
        for channel in 0..<channels {
          target.pixels[(row * columns + column) * channels + channel] =
            pixels[(from.row * width + from.column) * channels + channel]
        }
      }
    }
    return target
  }
}

import Foundation
import Imaging

/// How much each position of a feature map adds to the score of an image.
///
/// For FeatureNorm the values are `(1/C) Σ_c F_cp²/‖F_c‖₂`, and their sum is FeatureNorm. For the energy they
/// are its linear part at the image. A position reflects the part of the image around it, which is large for
/// a deep feature map.
public struct ScoreMap: Sendable {
  public let height: Int
  public let width: Int
  /// [height, width]: the amount that each position adds to the score; higher is more in-distribution.
  public let contributions: [Float]
  /// [height, width]: the expected share of in-distribution images with this value or less at the same
  /// position.
  public let pValues: [Float]
  /// The network's input, and how it was made from a picture.
  let input: ArraySlice<Float>
  let preprocessing: ResolvedPreprocessing
}

extension ScoreMap {
  /// The picture that the network saw, coloured red where p-values are small: faintly from 0.2, fully at
  /// 0.001 or less.
  ///
  /// Values between positions are interpolated. Small pictures are enlarged.
  ///
  /// - Parameter least: the least length of the picture's longer side, in pixels.
  /// - Returns: nil if the network's input is not a picture.
  package func drawn(least: Int = 224) -> PixelImage? {
    guard let picture = preprocessing.picture(of: Array(input)) else { return nil }
    let factor = max(1, (least + max(picture.width, picture.height) - 1) / max(picture.width, picture.height))
    let (height, width) = (picture.height * factor, picture.width * factor)
    let rows = (0..<height).map { Place($0, of: height, among: self.height) }
    let columns = (0..<width).map { Place($0, of: width, among: self.width) }
    let strengths = pValues.map(Self.strength)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(height * width * 3)
    for (y, row) in rows.enumerated() {
      for (x, column) in columns.enumerated() {
        let upper = column.value(in: strengths, row: row.first * self.width)
        let lower = column.value(in: strengths, row: row.second * self.width)
        let strength = upper + (lower - upper) * row.weight
        let start = (y / factor * picture.width + x / factor) * picture.channels
        for (channel, red) in Self.red.enumerated() {
          let shown = Float(picture.pixels[start + min(channel, picture.channels - 1)])
          pixels.append(UInt8((shown + (red - shown) * strength * Self.opacity).rounded()))
        }
      }
    }
    return PixelImage(width: width, height: height, channels: 3, pixels: pixels)
  }

  private static let red: [Float] = [230, 0, 40]
  private static let opacity: Float = 0.7

  /// The strength of the colour, from 0 to 1.
  private static func strength(_ pValue: Float) -> Float {
    let (faint, full): (Float, Float) = (0.2, 0.001)
    return min(max(logf(faint / max(pValue, full)) / logf(faint / full), 0), 1)
  }

  /// The two positions between which a pixel lies. Positions are the centres of equal squares, and edges are
  /// repeated.
  private struct Place {
    let first: Int
    let second: Int
    let weight: Float

    init(_ pixel: Int, of size: Int, among count: Int) {
      let centre = (Float(pixel) + 0.5) * Float(count) / Float(size) - 0.5
      let position = min(max(centre, 0), Float(count - 1))
      first = Int(position)
      second = min(first + 1, count - 1)
      weight = position - Float(first)
    }

    func value(in values: [Float], row: Int) -> Float {
      values[row + first] + (values[row + second] - values[row + first]) * weight
    }
  }
}

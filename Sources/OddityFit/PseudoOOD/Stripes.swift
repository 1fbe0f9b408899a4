import Foundation
import OddityModel

/// `stripes`: a grating or a chequerboard in two random colours.
///
/// Draws of the kind's stream, in this order: a colour, another one (for each channel `min + u · (max −
/// min)`, with minimum and maximum of the channel in this image), the pattern, `draw % 3`, and then u for the
/// angle `φ = πu`, the period `p = 4 · max(1, S/8)^u` pixels, where S is the longer side, and two offsets `o₁
/// = u`, `o₂ = u`. A pixel's centre (x, y) (the first is at (½, ½)) has the coordinates `a = (x cos φ + y sin
/// φ)/p + o₁` and `b = (y cos φ − x sin φ)/p + o₂`. The share of the second colour is `½ + ½ sin 2πa` for
/// pattern 0. For pattern 1, it is 1 if the fraction of a is below ½, otherwise 0. For pattern 2, it is 1 if
/// the fractions of both a and b, or of neither, are below ½, otherwise 0.
struct Stripes: PseudoOODTransform {
  static let kind = "stripes"

  init(strength: StrengthText) {}

  func write(_ image: SourceImage, into pseudo: UnsafeMutableBufferPointer<Float>) {
    var generator = image.random.stream(of: Self.kind)
    let ranges = image.ranges()
    let (first, second) = (ranges.colour(using: &generator), ranges.colour(using: &generator))
    let pattern = Pattern(side: max(image.shape.height, image.shape.width), using: &generator)
    var shares: [Double] = []
    shares.reserveCapacity(image.shape.pixelCount)
    for row in 0..<image.shape.height {
      for column in 0..<image.shape.width {
        shares.append(pattern.share(x: Double(column) + 0.5, y: Double(row) + 0.5))
      }
    }
    image.blend(first, second, shares: shares, into: pseudo)
  }

  private struct Pattern {
    private enum Form: CaseIterable { case wave, stripes, chequers }

    private let form: Form
    private let cosine: Double
    private let sine: Double
    private let period: Double
    private let offsets: (Double, Double)

    init(side: Int, using generator: inout SplitMix64) {
      form = Form.allCases[generator.nextIndex(below: Form.allCases.count)]
      let angle = Double.pi * generator.nextUnit()
      (cosine, sine) = (cos(angle), sin(angle))
      period = 4 * pow(max(1, Double(side) / 8), generator.nextUnit())
      offsets = (generator.nextUnit(), generator.nextUnit())
    }

    func share(x: Double, y: Double) -> Double {
      let along = (x * cosine + y * sine) / period + offsets.0
      let across = (y * cosine - x * sine) / period + offsets.1
      return switch form {
      case .wave: 0.5 + 0.5 * sin(2 * Double.pi * along)
      case .stripes: isFirstHalf(along) ? 1 : 0
      case .chequers: isFirstHalf(along) == isFirstHalf(across) ? 1 : 0
      }
    }

    private func isFirstHalf(_ phase: Double) -> Bool { phase - phase.rounded(.down) < 0.5 }
  }
}

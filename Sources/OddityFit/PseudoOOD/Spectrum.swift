import Foundation
import OddityModel

/// The two-dimensional discrete Fourier transform of a plane of H×W complex numbers.
struct Spectrum {
  private let height: Int
  private let width: Int
  /// Frequency (k, l), k times over the height and l times over the width, is at index `l · H + k`.
  private var values: [Complex]

  /// - Parameter plane: row by row.
  init(of plane: consuming [Complex], height: Int, width: Int) {
    (self.height, self.width) = (height, width)
    values = plane
    transform(rows: height, columns: width, inverse: false)
  }

  /// - Parameter value: the value at frequency (k, l), requested once for each.
  init(height: Int, width: Int, _ value: (_ k: Int, _ l: Int) -> Complex) {
    (self.height, self.width) = (height, width)
    values = []
    values.reserveCapacity(height * width)
    for l in 0..<width {
      for k in 0..<height { values.append(value(k, l)) }
    }
  }

  /// Random phases e^{iθ} of a real plane, for which `θ(H−k, W−l) = −θ(k, l)`.
  ///
  /// The frequencies are in the order of k, then of l. Frequency 0 has phase 0 and needs no draw. A frequency
  /// that is its own mirror (H−k, W−l) has phase 0 for u < ½, otherwise π. Of two mirrored frequencies, the
  /// first one has 2πu.
  init(randomPhasesOf height: Int, _ width: Int, using generator: inout SplitMix64) {
    (self.height, self.width) = (height, width)
    values = Array(repeating: Complex(1, 0), count: height * width)
    for k in 0..<height {
      for l in 0..<width where k + l > 0 {
        let (place, mirror) = (k * width + l, (height - k) % height * width + (width - l) % width)
        if place == mirror {
          values[l * height + k].x = generator.nextUnit() < 0.5 ? 1 : -1
        } else if place < mirror {
          let angle = 2 * Double.pi * generator.nextUnit()
          let phase = Complex(cos(angle), sin(angle))
          values[l * height + k] = phase
          values[mirrored(k, l)] = phase.conjugate
        }
      }
    }
  }

  subscript(k: Int, l: Int) -> Complex { values[l * height + k] }

  /// The value at frequency (H−k, W−l).
  func mirror(_ k: Int, _ l: Int) -> Complex { values[mirrored(k, l)] }

  /// Multiplies each frequency by that of another spectrum.
  mutating func multiply(by other: Spectrum) {
    for place in values.indices { values[place] = values[place].times(other.values[place]) }
  }

  /// The plane whose spectrum this is, row by row.
  consuming func plane() -> [Complex] {
    transform(rows: width, columns: height, inverse: true)
    for place in values.indices { values[place] /= Double(values.count) }
    return values
  }

  private func mirrored(_ k: Int, _ l: Int) -> Int { (width - l) % width * height + (height - k) % height }

  /// Transforms the columns, then the rows, and transposes.
  private mutating func transform(rows: Int, columns: Int, inverse: Bool) {
    var spare = Array(repeating: Complex.zero, count: values.count)
    FourierTransform(count: rows, inverse: inverse).transform(&values, using: &spare)
    for row in 0..<rows {
      for column in 0..<columns { spare[column * rows + row] = values[row * columns + column] }
    }
    FourierTransform(count: columns, inverse: inverse).transform(&spare, using: &values)
    values = spare
  }
}

extension SourceImage {
  /// A plane of complex numbers, each computed from the index of one of a channel's values.
  func plane(_ channel: Int, _ value: (Int) -> Complex) -> [Complex] {
    var plane: [Complex] = []
    plane.reserveCapacity(shape.pixelCount)
    shape.forEachPixel(of: channel) { plane.append(value($0)) }
    return plane
  }
}

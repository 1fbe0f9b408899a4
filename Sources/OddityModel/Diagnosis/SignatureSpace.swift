import Foundation
import OddityScores

/// A space in which two groups of images are compared. A point holds the mean of each value in whitened
/// coordinates, and the logarithm of the standard deviation of each value.
struct SignatureSpace {
  /// The least standard deviation of a value. Signatures are logarithms and ratios, so 0.01 is small for all
  /// of them.
  static let leastDeviation = 0.01
  /// The weight of the logarithm of a standard deviation, relative to a mean divided by its standard error.
  private static let spreadWeight = 2.0
  /// Added to the variance of a mean, because differences below a tenth of a deviation are not faults.
  private static let ridge = 0.01
  /// How far the covariance is shrunk towards its diagonal.
  private static let shrinkage = 0.1

  private let scale: SignatureScale
  /// [d][d], columns of W with `(S (1/n + 1/m) + ridge)⁻¹ = W Wᵀ`.
  private let whitening: [[Double]]
  /// The expected squared distance of two groups that differ only by chance.
  let expected: Double

  /// - Parameters:
  ///   - images: the images that determine scaling and whitening.
  ///   - sizes: the sizes of the two groups that are compared.
  /// - Throws: ``OddityError`` `.libraryMissing` without OpenBLAS.
  init(_ images: [ImageSignature], sizes: (Int, Int)) throws(OddityError) {
    let width = images[0].values.count
    let count = Double(images.count)
    let scale = SignatureScale(images, leastDeviation: Self.leastDeviation)
    self.scale = scale
    let scaled = images.map { scale.scaled($0) }
    try LAPACK.load()
    let covariance = SymmetricMatrix(squaresOf: scaled)
    let share = 1 / Double(sizes.0) + 1 / Double(sizes.1)
    var values: [Double] = []
    for row in 0..<width {
      for column in 0..<width {
        let own = covariance[row, column] / max(count - 1, 1)
        values.append(
          row == column ? (own + 0.01) * share + Self.ridge : (1 - Self.shrinkage) * own * share)
      }
    }
    let eigen = try SymmetricEigen(SymmetricMatrix(size: width, values: values))
    whitening = eigen.whiteningColumns
    expected =
      eigen.values.reduce(0) { $0 + max(0, $1 - Self.ridge) / max($1, Self.ridge) }
      + Self.spreadWeight * Double(width) * share
  }

  /// An image's whitened values, followed by its scaled values and their squares. The sum over a group gives
  /// its point.
  func row(_ image: ImageSignature) -> [Double] {
    let scaled = scale.scaled(image)
    return whitened(scaled) + scaled + scaled.map { $0 * $0 }
  }

  private func whitened(_ scaled: [Double]) -> [Double] {
    whitening.map { column in zip(column, scaled).reduce(0) { $0 + $1.0 * $1.1 } }
  }

  /// The point of a group, given the sum of its images' rows.
  func point(sum: [Double], count: Int) -> [Double] {
    let (width, rank, count) = (scale.means.count, whitening.count, Double(count))
    let spreads = (0..<width).map { column in
      let mean = sum[rank + column] / count
      let variance = max(0, sum[rank + width + column] / count - mean * mean)
      return Self.spread(variance.squareRoot())
    }
    return (0..<rank).map { sum[$0] / count } + spreads
  }

  func point(_ images: [ImageSignature]) -> [Double] {
    point(sum: images.map { row($0) }.columnSums, count: images.count)
  }

  /// How far a fault moves a point: from some images to their faulty copies.
  func shift(from unchanged: SignatureSummary, to faulty: SignatureSummary) -> [Double] {
    let scaled = scale.means.indices.map {
      Double(faulty.mean[$0] - unchanged.mean[$0]) / scale.deviations[$0]
    }
    let spreads = scale.means.indices.map {
      Self.spread(Double(faulty.std[$0]) / scale.deviations[$0])
        - Self.spread(Double(unchanged.std[$0]) / scale.deviations[$0])
    }
    return whitened(scaled) + spreads
  }

  private static func spread(_ deviation: Double) -> Double {
    spreadWeight.squareRoot() * log(deviation + 0.05)
  }
}

/// Means and standard deviations by which signatures are scaled.
private struct SignatureScale {
  let means: [Double]
  let deviations: [Double]

  init(_ images: [ImageSignature], leastDeviation: Double) {
    let count = Double(images.count)
    let columns = images[0].values.indices.map { column in images.map { Double($0.values[column]) } }
    let means = columns.map { Moments.mean($0) }
    self.means = means
    deviations = zip(columns, means).map { column, mean in
      let squares = column.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) }
      return (squares / max(count - 1, 1)).squareRoot() + leastDeviation
    }
  }

  func scaled(_ image: ImageSignature) -> [Double] {
    means.indices.map { (Double(image.values[$0]) - means[$0]) / deviations[$0] }
  }
}

extension [[Double]] {
  /// The sum of rows of equal length; empty without rows.
  var columnSums: [Double] {
    var sum = [Double](repeating: 0, count: first?.count ?? 0)
    for row in self {
      for place in sum.indices { sum[place] += row[place] }
    }
    return sum
  }
}

extension [Double] {
  func dot(_ other: [Double]) -> Double {
    var sum = 0.0
    for place in indices { sum += self[place] * other[place] }
    return sum
  }

  func minus(_ other: [Double]) -> [Double] { indices.map { self[$0] - other[$0] } }
}

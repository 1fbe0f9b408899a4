import Foundation

/// A Gaussian blur of one plane, in double precision: `scipy.ndimage.gaussian_filter(plane, σ, mode="nearest")`.
package struct GaussianFilter: Sendable {
  /// w_{−R}, …, w_R with R = ⌊4σ + ½⌋ and `w_k = exp(−k² / 2σ²)`; their sum is 1.
  private let weights: [Double]

  /// - Parameter sigma: in pixels, above 0.
  package init(sigma: Double) {
    let radius = Int(4 * sigma + 0.5)
    let weights = (-radius...radius).map { exp(-Double($0 * $0) / (2 * sigma * sigma)) }
    let sum = weights.reduce(0, +)
    self.weights = weights.map { $0 / sum }
  }

  /// The plane [height, width], blurred along the columns, then along the rows. Beyond an edge, the pixel of
  /// the edge is repeated.
  package func blurred(_ plane: [Double], height: Int, width: Int) -> [Double] {
    let across = convolvedAndTransposed(plane, height: height, width: width)
    return convolvedAndTransposed(across, height: width, width: height)
  }

  /// Convolves each column of a plane [height, width], and returns the result as [width, height].
  private func convolvedAndTransposed(_ plane: [Double], height: Int, width: Int) -> [Double] {
    let radius = weights.count / 2
    var result = Array(repeating: 0.0, count: plane.count)
    var sums = Array(repeating: 0.0, count: width)
    for row in 0..<height {
      for column in 0..<width { sums[column] = 0 }
      for (place, weight) in weights.enumerated() {
        let start = min(max(row + place - radius, 0), height - 1) * width
        for column in 0..<width { sums[column] += weight * plane[start + column] }
      }
      for column in 0..<width { result[column * height + row] = sums[column] }
    }
    return result
  }
}

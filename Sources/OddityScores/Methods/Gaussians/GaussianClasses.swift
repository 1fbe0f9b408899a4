import OddityClassifier
import ONNXGraph

/// Gaussians with the classes' means and one shared covariance.
///
/// `MD_c(z) = ‖(z − μ)L − m_c‖²`, where μ is the overall mean, `P = LLᵀ` is the pseudo-inverse of the shared
/// covariance (divided by n), and `m_c = (μ_c − μ)L`. Directions whose variance is below 1e-6 of the largest
/// are left out.
struct GaussianClasses: Sendable {
  /// μ, [D].
  let mean: [Double]
  /// L by columns, each [D].
  let whitening: [[Double]]
  /// `μ_c − μ` of the classes that have images, each [D].
  private let shifts: [[Double]]
  /// `L m_c`, each [D]: `MD_c = ‖(z − μ)L‖² − 2⟨z − μ, L m_c⟩ + ‖m_c‖²`.
  private let slopes: [[Double]]
  /// `‖m_c‖²`
  private let squares: [Double]
  /// The same as L for the covariance of all images, by columns: `P₀ = L₀L₀ᵀ`.
  private let overallWhitening: [[Double]]
  let source: ScoreState.Value

  /// The additional terms of relative distances.
  struct Relation: Sendable {
    /// `P₀(μ_c − μ)`, each [D].
    fileprivate let slopes: [[Double]]
    /// `(μ_c − μ)ᵀP₀(μ_c − μ)`
    fileprivate let squares: [Double]
    /// P₀ minus P, as a sum of `sign · ccᵀ`.
    fileprivate let difference: [(sign: Double, column: [Double])]
  }

  /// The number of classes that have images.
  var classCount: Int { slopes.count }

  /// - Parameter score: the name of the score in errors.
  /// - Throws: ``OddityError`` `.badData` if the features do not vary, over all images or within their
  ///   classes.
  init(_ moments: FeatureMoments, _ statistics: ClassStatistics, for score: String) throws(OddityError) {
    try moments.requireVariation(for: score)
    let mean = moments.mean
    let covariance = moments.covariance
    let sums = statistics.labelled
    var within = covariance
    var shifts: [[Double]] = []
    for (index, classMean) in sums.means.enumerated() {
      guard let classMean else { continue }
      let shift = zip(classMean, mean).map { $0 - $1 }
      shifts.append(shift)
      within = within.adding(-Double(sums.counts[index]) / Double(moments.count), squareOf: shift)
    }
    let (withinClasses, overall) = (try SymmetricEigen(within), try SymmetricEigen(covariance))
    // If every class has one image, the remainder is only rounding and not a covariance.
    guard (withinClasses.values.first ?? 0) > 1e-12 * (overall.values.first ?? 0) else {
      throw OddityError(
        .badData,
        "\(score): the features of the images do not vary within their classes, for example because each "
          + "class has only one image: pass several images of each class with \(.inDistribution)")
    }
    let whitening = withinClasses.whiteningColumns
    let whitened = shifts.map { shift in whitening.map { Self.product($0, shift) } }
    slopes = whitened.map { Self.combination(whitening, $0) }
    squares = whitened.map { Self.product($0, $0) }
    overallWhitening = overall.whiteningColumns
    (self.mean, self.whitening, self.shifts, source) = (mean, whitening, shifts, statistics.source)
  }

  /// - Throws: ``OddityError`` as ``SymmetricEigen`` does.
  func relation() throws(OddityError) -> Relation {
    let whitened = shifts.map { shift in overallWhitening.map { Self.product($0, shift) } }
    return Relation(
      slopes: whitened.map { Self.combination(overallWhitening, $0) },
      squares: whitened.map { Self.product($0, $0) },
      difference: try Self.difference(overallWhitening, whitening))
  }

  private static func product(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  private static func combination(_ columns: [[Double]], _ factors: [Double]) -> [Double] {
    var sum = Array(repeating: 0.0, count: columns[0].count)
    for (column, factor) in zip(columns, factors) {
      for d in sum.indices { sum[d] += factor * column[d] }
    }
    return sum
  }

  /// `AAᵀ − BBᵀ` as a sum of signed squares. There are few, because the covariances differ only in the
  /// directions of the class means. Relative distances are therefore not a difference of two large numbers.
  private static func difference(
    _ a: [[Double]], _ b: [[Double]]
  ) throws(OddityError) -> [(sign: Double, column: [Double])] {
    let difference = SymmetricMatrix(squaresOf: a).adding(-1, SymmetricMatrix(squaresOf: b))
    let eigen = try SymmetricEigen(difference)
    let size = max(
      SymmetricMatrix(squaresOf: a).largestDiagonal, SymmetricMatrix(squaresOf: b).largestDiagonal)
    return zip(eigen.values, eigen.vectors).filter { abs($0.0) > 1e-10 * size }.map { value, vector in
      (value < 0 ? -1 : 1, vector.map { $0 * abs(value).squareRoot() })
    }
  }

  /// `max_c −MD_c(z)` for rows [N, D]: [N, 1].
  func nearest(_ features: Tensor) -> Tensor {
    let (difference, _) = fromNearest(features)
    return -difference.projected(to: whitening).squared().sum(axis: 1, keep: true)
  }

  /// `max_c −MD_c(z) + MD_0(z)`, [N, 1]. MD_0 is the distance under one Gaussian over all images.
  ///
  /// With `u = z − μ_c` and `s = μ_c − μ`, this is `uᵀ(P₀ − P)u + 2⟨u, P₀s⟩ + sᵀP₀s`.
  func relativelyNearest(_ features: Tensor, by relation: Relation) -> Tensor {
    let (u, nearest) = fromNearest(features)
    let ofClass = Tensor.table(relation.slopes.map { $0.map { 2 * $0 } }).rows(at: nearest)
    let linear =
      (u * ofClass).sum(axis: 1, keep: true) + Tensor.table(relation.squares.map { [$0] }).rows(at: nearest)
    guard !relation.difference.isEmpty else { return linear }
    let squares = u.projected(to: relation.difference.map(\.column)).squared()
    return linear + (squares * Tensor(row: relation.difference.map(\.sign))).sum(axis: 1, keep: true)
  }

  /// `z − μ_c` for the nearest class c, [N, D], and c, [N].
  ///
  /// Distances are then sums of small numbers. If classes are far apart compared with their width, computing
  /// the distances of all classes at once gives differences of large numbers. Single precision is then only
  /// good enough to find the nearest class.
  private func fromNearest(_ features: Tensor) -> (difference: Tensor, nearest: Tensor) {
    let centred = features.centred(about: mean)
    let closeness = centred.projected(to: slopes.map { $0.map { 2 * $0 } }) - Tensor(row: squares)
    let nearest = closeness.argMax(axis: 1)
    return (centred - Tensor.table(shifts).rows(at: nearest), nearest)
  }
}

/// Gaussians with the classes' means and one covariance that they share, whitened: distances are then Euclidean.
///
/// `MD_c(z) = ‖(z − μ)L − m_c‖²`, with μ the overall mean, `LLᵀ` the pseudo-inverse of the shared covariance (divided by
/// n), and `m_c = (μ_c − μ)L`. Directions whose variance is below 1e-6 of the largest are left out.
struct GaussianClasses: Sendable {
  /// μ, [D].
  let mean: [Double]
  /// L by columns, each [D].
  let whitening: [[Double]]
  /// m_c of the classes that have images.
  let classes: [[Double]]
  /// L of the one Gaussian over all images.
  let global: [[Double]]
  let source: ScoreState.Value

  init(_ moments: FeatureMoments, _ statistics: ClassStatistics) throws(OddityError) {
    guard moments.count > 0 else {
      throw OddityError(.badData, "there is no image to take a covariance of: none fell into the fit part")
    }
    let mean = moments.mean
    let covariance = moments.covariance
    let sums = statistics.labelled
    var within = covariance
    var present: [[Double]] = []
    for (index, classMean) in sums.means.enumerated() {
      guard let classMean else { continue }
      let shift = zip(classMean, mean).map { $0 - $1 }
      present.append(shift)
      within = within.adding(-Double(sums.counts[index]) / Double(moments.count), squareOf: shift)
    }
    let whitening = try SymmetricEigen(within).whiteningColumns
    global = try SymmetricEigen(covariance).whiteningColumns
    guard !whitening.isEmpty, !global.isEmpty else {
      throw OddityError(
        .badData, "the features of the images do not vary within their classes: --id needs more images")
    }
    classes = present.map { shift in
      whitening.map { column in zip(column, shift).reduce(0) { $0 + $1.0 * $1.1 } }
    }
    (self.mean, self.whitening, source) = (mean, whitening, statistics.source)
  }

  /// `max_c −MD_c(z)` for rows [N, D]: [N, 1].
  func nearest(_ features: String, in nodes: inout ScoreNodes) -> String {
    let rows = nodes.projected(nodes.centred(features, about: mean), to: whitening)
    let square = nodes.appendix.reduce(.sum, nodes.appendix.add("Mul", [rows, rows]), axes: [1], keep: true)
    let products = nodes.projected(rows, to: classes)
    let halves = nodes.appendix.constant(
      classes.map { Float($0.reduce(0) { $0 + $1 * $1 } / 2) }, dims: [1, classes.count])
    let closeness = nodes.appendix.reduce(
      .max, nodes.appendix.add("Sub", [products, halves]), axes: [1], keep: true)
    return nodes.appendix.add("Sub", [nodes.appendix.add("Mul", [closeness, nodes.number(2)]), square])
  }

  /// `MD_0(z)` of the Gaussian over all images, [N, 1].
  func globalDistance(_ features: String, in nodes: inout ScoreNodes) -> String {
    let rows = nodes.projected(nodes.centred(features, about: mean), to: global)
    return nodes.appendix.reduce(.sum, nodes.appendix.add("Mul", [rows, rows]), axes: [1], keep: true)
  }
}

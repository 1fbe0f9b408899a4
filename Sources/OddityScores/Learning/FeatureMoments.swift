import CLAPACK
import OddityClassifier

/// Mean and scatter of features over all images of the fit part, as running sums in double precision.
///
/// Sums are taken relative to a pivot, the mean of the first chunk, so that sums of squares do not cancel.
/// Chunks have a fixed size, so that nothing depends on the batch. The memory is D², whatever the number of
/// images.
package struct FeatureMoments: Sendable {
  package let width: Int
  package private(set) var count = 0
  /// nil before the first row.
  package private(set) var pivot: [Double]?
  /// `Σ (z − pivot)`
  package private(set) var sum: [Double]
  /// `Σ (z − pivot)(z − pivot)ᵀ`, of which only the triangle below the diagonal is stored.
  package private(set) var scatter: [Double]
  private var pending: [Double] = []

  private static let chunk = 256

  /// - Throws: ``OddityError`` `.libraryMissing` without OpenBLAS.
  init(width: Int) throws(OddityError) {
    try LAPACK.load()
    self.width = width
    sum = Array(repeating: 0, count: width)
    scatter = Array(repeating: 0, count: width * width)
  }

  /// Restores stored sums.
  ///
  /// - Parameter scatter: [D, D]
  package init(count: Int, pivot: [Double], sum: [Double], scatter: [Double]) throws(OddityError) {
    precondition(sum.count == pivot.count && scatter.count == pivot.count * pivot.count, "sums of one width")
    try self.init(width: pivot.count)
    (self.count, self.pivot, self.sum, self.scatter) = (count, count > 0 ? pivot : nil, sum, scatter)
  }

  mutating func append(_ row: some Sequence<Double>) {
    pending += row
    count += 1
    if pending.count >= Self.chunk * width { takePending() }
  }

  /// The mean, [D].
  var mean: [Double] {
    let all = complete()
    return (0..<width).map { (all.pivot?[$0] ?? 0) + all.sum[$0] / Double(max(count, 1)) }
  }

  /// `(1/n) Σ (z − m)(z − m)ᵀ` about any point m, [D, D].
  func secondMoment(about point: [Double]) -> SymmetricMatrix {
    let all = complete()
    let n = Double(max(count, 1))
    let shift = (0..<width).map { (all.pivot?[$0] ?? 0) - point[$0] }
    let mean = all.sum.map { $0 / n }
    var moment = Array(repeating: 0.0, count: width * width)
    for i in 0..<width {
      for j in 0...i {
        let value =
          all.scatter[i * width + j] / n + shift[i] * mean[j] + mean[i] * shift[j] + shift[i] * shift[j]
        moment[i * width + j] = value
        moment[j * width + i] = value
      }
    }
    return SymmetricMatrix(size: width, values: moment)
  }

  /// The covariance, divided by n, [D, D].
  var covariance: SymmetricMatrix { secondMoment(about: mean) }

  /// - Throws: ``OddityError`` `.badData` if the features are the same on all images, or differ only in the
  ///   last digits of single precision, so that their variation cannot be learnt.
  func requireVariation(for score: String) throws(OddityError) {
    guard count > 1 else {
      throw OddityError(
        .badData,
        "\(score) learns how features vary, but the fit part has only 1 image: pass more images with "
          + "\(.inDistribution)"
      )
    }
    let (covariance, mean) = (covariance, mean)
    let isVaried = (0..<width).contains {
      covariance[$0, $0] > 0 && covariance[$0, $0].squareRoot() > Double(Float.ulpOfOne) * abs(mean[$0])
    }
    guard isVaried else {
      throw OddityError(
        .badData,
        "\(score): the features are the same on all \(count) images of the fit part, so their variation "
          + "cannot be learnt: pass more and different images with \(.inDistribution), or check that "
          + "\(.preprocessing) fits the classifier"
      )
    }
  }

  /// Adds the rows of another, whose pivot is p + d if this one's is p: `Σ(z − p)(z − p)ᵀ = S + d·sᵀ + s·dᵀ +
  /// n·d·dᵀ`, where S and s are its sums about p + d.
  mutating func merge(_ other: FeatureMoments) {
    precondition(other.width == width, "rows of one width")
    let other = other.complete()
    takePending()
    guard let pivot, let otherPivot = other.pivot else {
      if other.count > 0 { self = other }
      return
    }
    let d = zip(otherPivot, pivot).map { $0 - $1 }
    let n = Double(other.count)
    for i in 0..<width {
      for j in 0...i {
        scatter[i * width + j] +=
          other.scatter[i * width + j] + d[i] * other.sum[j] + other.sum[i] * d[j] + n * d[i] * d[j]
      }
    }
    for i in 0..<width { sum[i] += other.sum[i] + n * d[i] }
    count += other.count
  }

  /// The same with every pending row added to the sums.
  package func complete() -> FeatureMoments {
    var all = self
    all.takePending()
    return all
  }

  private mutating func takePending() {
    guard !pending.isEmpty else { return }
    let rows = pending.count / width
    let pivot = pivot ?? pending.columnMeans(width: width)
    self.pivot = pivot
    for row in 0..<rows {
      for column in 0..<width {
        pending[row * width + column] -= pivot[column]
        sum[column] += pending[row * width + column]
      }
    }
    clapack_add_squares(Int32(width), Int32(rows), pending, &scatter)
    pending.removeAll(keepingCapacity: true)
  }
}

/// Sums of features by class, in double precision.
package struct ClassSums: Sendable {
  package let width: Int
  package private(set) var counts: [Int]
  /// [C, D]
  package private(set) var sums: [Double]

  init(classes: Int, width: Int) {
    self.width = width
    counts = Array(repeating: 0, count: classes)
    sums = Array(repeating: 0, count: classes * width)
  }

  /// Restores stored sums.
  ///
  /// - Parameter sums: [C, D]
  package init(counts: [Int], sums: [Double]) {
    precondition(
      counts.isEmpty ? sums.isEmpty : sums.count.isMultiple(of: counts.count), "sums of every class")
    (self.counts, self.sums) = (counts, sums)
    width = counts.isEmpty ? 0 : sums.count / counts.count
  }

  mutating func merge(_ other: ClassSums) {
    precondition(other.width == width && other.counts.count == counts.count, "the same classes, of one width")
    for index in counts.indices { counts[index] += other.counts[index] }
    for index in sums.indices { sums[index] += other.sums[index] }
  }

  mutating func append(_ row: some Sequence<Double>, to index: Int) {
    counts[index] += 1
    for (column, value) in row.enumerated() { sums[index * width + column] += value }
  }

  /// The mean of a class, [D]; `nil` if it has no image.
  func mean(_ index: Int) -> [Double]? {
    guard counts[index] > 0 else { return nil }
    return sums[index * width..<(index + 1) * width].map { $0 / Double(counts[index]) }
  }

  var means: [[Double]?] { counts.indices.map { mean($0) } }
}

/// Class means, for each way to define the class of an image.
package struct ClassStatistics: Sendable {
  /// By the predicted class ŷ.
  package private(set) var predicted: ClassSums
  /// By the true class, for images whose true class is known.
  package private(set) var truth: ClassSums
  /// For images whose true class is the predicted one.
  package private(set) var correct: ClassSums
  /// The number of images whose true class is unknown.
  package private(set) var unlabelled = 0

  init(classes: Int, width: Int) {
    predicted = ClassSums(classes: classes, width: width)
    (truth, correct) = (predicted, predicted)
  }

  /// Restores stored sums.
  package init(predicted: ClassSums, truth: ClassSums, correct: ClassSums, unlabelled: Int) {
    (self.predicted, self.truth, self.correct, self.unlabelled) = (predicted, truth, correct, unlabelled)
  }

  mutating func merge(_ other: ClassStatistics) {
    predicted.merge(other.predicted)
    truth.merge(other.truth)
    correct.merge(other.correct)
    unlabelled += other.unlabelled
  }

  mutating func append(_ row: some Sequence<Double>, predicted ŷ: Int, truth y: Int?) {
    predicted.append(row, to: ŷ)
    guard let y else {
      unlabelled += 1
      return
    }
    truth.append(row, to: y)
    if y == ŷ { correct.append(row, to: y) }
  }

  /// Whether every image's true class is known.
  var isLabelled: Bool { unlabelled == 0 && truth.counts.contains { $0 > 0 } }

  /// By true classes, or by predicted ones if not all true classes are known.
  var labelled: ClassSums { isLabelled ? truth : predicted }

  /// For correctly classified images, or by predicted classes if true classes are unknown.
  var reliable: ClassSums { isLabelled ? correct : predicted }

  /// Which classes ``labelled`` uses, for the metadata of a guarded model.
  var source: ScoreState.Value { .text(isLabelled ? "true" : "predicted") }
}

extension ClassSums {
  /// Class means, [C, D]. A class without images gets another mean.
  func means(orElse other: (Int) -> [Double]) -> [[Double]] {
    counts.indices.map { mean($0) ?? other($0) }
  }
}

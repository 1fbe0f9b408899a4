import CLAPACK

/// Mean and scatter of features over all images of the fit part, as running sums in double precision.
///
/// Rows are taken about a pivot, the mean of the first chunk, so that the sums of squares do not cancel; and in chunks of
/// a fixed size, so that nothing depends on the batch. Memory is D², however many images there are.
struct FeatureMoments: Sendable {
  let width: Int
  private(set) var count = 0
  private var pivot: [Double]?
  /// `Σ (z − pivot)`
  private var sum: [Double]
  /// `Σ (z − pivot)(z − pivot)ᵀ`; of it one triangle.
  private var scatter: [Double]
  private var pending: [Double] = []

  private static let chunk = 256

  /// - Throws: ``OddityError`` `.libraryMissing` without OpenBLAS.
  init(width: Int) throws(OddityError) {
    try LAPACK.load()
    self.width = width
    sum = Array(repeating: 0, count: width)
    scatter = Array(repeating: 0, count: width * width)
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

  private func complete() -> FeatureMoments {
    var all = self
    all.takePending()
    return all
  }

  private mutating func takePending() {
    guard !pending.isEmpty else { return }
    let rows = pending.count / width
    let pivot = pivot ?? columnMeans(rows)
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

  private func columnMeans(_ rows: Int) -> [Double] {
    (0..<width).map { column in
      (0..<rows).reduce(0.0) { $0 + pending[$1 * width + column] } / Double(rows)
    }
  }
}

/// Sums of features by class, in double precision.
struct ClassSums: Sendable {
  let width: Int
  private(set) var counts: [Int]
  private var sums: [Double]

  init(classes: Int, width: Int) {
    self.width = width
    counts = Array(repeating: 0, count: classes)
    sums = Array(repeating: 0, count: classes * width)
  }

  mutating func append(_ row: some Sequence<Double>, to index: Int) {
    counts[index] += 1
    for (column, value) in row.enumerated() { sums[index * width + column] += value }
  }

  /// The mean of a class, [D]; `nil` where it has no image.
  func mean(_ index: Int) -> [Double]? {
    guard counts[index] > 0 else { return nil }
    return sums[index * width..<(index + 1) * width].map { $0 / Double(counts[index]) }
  }

  var means: [[Double]?] { counts.indices.map { mean($0) } }
}

/// Class means by each of the ways to say what an image's class is.
struct ClassStatistics: Sendable {
  /// By ŷ.
  private(set) var predicted: ClassSums
  /// By the true class, of images whose true class is known.
  private(set) var truth: ClassSums
  /// Of images whose true class is the predicted one.
  private(set) var correct: ClassSums
  private var unlabelled = 0

  init(classes: Int, width: Int) {
    predicted = ClassSums(classes: classes, width: width)
    (truth, correct) = (predicted, predicted)
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

  /// By true classes, or by predicted ones where not all are known.
  var labelled: ClassSums { isLabelled ? truth : predicted }

  /// Of the correctly classified, or of the predicted ones where true classes are not known.
  var reliable: ClassSums { isLabelled ? correct : predicted }

  /// Which classes ``labelled`` goes by, for a guarded model's metadata.
  var source: ScoreState.Value { .text(isLabelled ? "true" : "predicted") }
}

import OddityClassifier

/// What is stored while the fit part is streamed: a bounded sample, and the running sums that scores request.
package struct FitStatistics {
  /// Running sums in double precision.
  package struct Sums: Sendable {
    /// Of z.
    package var plain = FeatureSums()
    /// Of z/‖z‖₂.
    package var normalised = FeatureSums()
    /// Row sums of Gram matrices; nil if no score requested them.
    package var gramRanges: ClassRanges?

    package init() {}
  }

  private let layout: TapLayout
  private let gramTap: Tap?
  private var sample: RowSample
  package private(set) var smallestFeature = Float.infinity
  package private(set) var sums = Sums()
  package private(set) var count = 0

  /// - Parameter sampleSize: the most rows that are stored.
  /// - Throws: ``OddityError`` `.libraryMissing` if a score needs OpenBLAS and it is not installed.
  package init(_ layout: TapLayout, wanted: Set<FitStatistic>, sampleSize: Int = FitData.sampleSize)
    throws(OddityError)
  {
    self.layout = layout
    sample = RowSample(capacity: sampleSize, of: layout)
    gramTap = layout.taps.first(where: \.isWide)
    let classes = layout.range(of: .logits)?.count ?? 0
    if wanted.contains(.gramRanges), let gramTap {
      sums.gramRanges = ClassRanges(classes: classes, segments: layout.segments(of: gramTap))
    }
    guard let width = layout.range(of: .features)?.count else { return }
    if wanted.contains(.moments) || wanted.contains(.mean) {
      sums.plain.moments = try FeatureMoments(width: width)
    }
    if wanted.contains(.normalisedMoments) { sums.normalised.moments = try FeatureMoments(width: width) }
    if wanted.contains(.classMeans) { sums.plain.classes = ClassStatistics(classes: classes, width: width) }
    if wanted.contains(.normalisedClassMeans) {
      sums.normalised.classes = ClassStatistics(classes: classes, width: width)
    }
  }

  /// Adds what was stored from other images.
  ///
  /// - Parameter sample: the rows with the smallest keys among them, at most as many as are stored here.
  package mutating func merge(
    sample rows: [RowSample.Row], sums other: Sums, smallestFeature smallest: Float, count images: Int
  ) {
    for row in rows { sample.append(kept: row) }
    other.gramRanges.map { sums.gramRanges?.merge($0) }
    sums.plain.merge(other.plain)
    sums.normalised.merge(other.normalised)
    smallestFeature = min(smallestFeature, smallest)
    count += images
  }

  /// - Parameter predicted: ŷ.
  package mutating func append(_ row: RowSample.Row, predicted: Int) {
    count += 1
    sample.append(row)
    let (row, truth) = (row.values, row.truth)
    if let range = gramTap.flatMap(layout.range) { sums.gramRanges?.append(row[range], to: predicted) }
    guard let features = layout.range(of: .features) else { return }
    let z = row[features]
    smallestFeature = z.reduce(smallestFeature) { min($0, $1) }
    sums.plain.append(z.map { Double($0) }, predicted: predicted, truth: truth)
    guard sums.normalised.moments != nil || sums.normalised.classes != nil else { return }
    sums.normalised.append(FitData.normalised(z), predicted: predicted, truth: truth)
  }

  package var rows: [RowSample.Row] { sample.rows }

  /// The number of values in the rows.
  package var sampledWidth: Int { layout.sampled.width }
}

/// Running sums of features; nil if no score requested them.
package struct FeatureSums: Sendable {
  package var moments: FeatureMoments?
  package var classes: ClassStatistics?

  mutating func append(_ row: [Double], predicted: Int, truth: Int?) {
    moments?.append(row)
    classes?.append(row, predicted: predicted, truth: truth)
  }

  /// Adds the sums of other images, of the same kinds.
  mutating func merge(_ other: FeatureSums) {
    other.moments.map { moments?.merge($0) }
    other.classes.map { classes?.merge($0) }
  }
}

extension FeatureTable {
  /// - Parameters:
  ///   - layout: the layout of the stored rows.
  ///   - block: the block whose norm is used.
  package init(_ rows: [RowSample.Row], layout: TapLayout, classes: Int, block: Block) {
    let features = layout.range(of: .features)
    self.init(classes: classes, featureCount: features?.count ?? 0)
    let logits = layout.range(of: .logits) ?? 0..<0
    let norm = layout.range(of: .featureNorm(block))?.lowerBound
    for row in rows {
      append(
        features: row.values[features ?? 0..<0], logits: row.values[logits],
        norm: norm.map { row.values[$0] } ?? .nan, truth: row.truth)
      for tap in layout.taps where tap.isLearntFrom {
        append(tap, row.values[layout.range(of: tap) ?? 0..<0])
      }
    }
  }
}

/// A running sum over the fit part.
package enum FitStatistic: Hashable, Sendable {
  /// Mean of z, [D].
  case mean
  /// Mean and scatter of z, [D] and [D, D].
  case moments
  /// The same of z/‖z‖₂.
  case normalisedMoments
  /// Means of z by class, [C, D].
  case classMeans
  /// The same of z/‖z‖₂.
  case normalisedClassMeans
  /// Ranges of row sums of Gram matrices by predicted class, [C, width].
  case gramRanges
}

/// What is kept of the fit part while it goes by: a bounded sample, and the running sums that scores ask for.
struct FitStatistics {
  /// Running sums in double precision; nil where no score asked.
  struct Sums: Sendable {
    var moments: FeatureMoments?
    var normalisedMoments: FeatureMoments?
    var classes: ClassStatistics?
    var normalisedClasses: ClassStatistics?

    /// Adds those of other images, of the same kinds.
    mutating func merge(_ other: Sums) {
      other.moments.map { moments?.merge($0) }
      other.normalisedMoments.map { normalisedMoments?.merge($0) }
      other.classes.map { classes?.merge($0) }
      other.normalisedClasses.map { normalisedClasses?.merge($0) }
    }
  }

  private let layout: TapLayout
  private var sample: RowSample
  private(set) var smallestFeature = Float.infinity
  private(set) var sums = Sums()
  private(set) var count = 0

  /// - Parameter sampleSize: how many rows are kept at most.
  /// - Throws: ``OddityError`` `.libraryMissing` where a score needs OpenBLAS and it is not installed.
  init(_ layout: TapLayout, wanted: Set<FitStatistic>, sampleSize: Int = FitData.sampleSize)
    throws(OddityError)
  {
    self.layout = layout
    sample = RowSample(capacity: sampleSize)
    guard let width = layout.range(of: .features)?.count else { return }
    let classes = layout.range(of: .logits)?.count ?? 0
    if wanted.contains(.moments) { sums.moments = try FeatureMoments(width: width) }
    if wanted.contains(.normalisedMoments) { sums.normalisedMoments = try FeatureMoments(width: width) }
    if wanted.contains(.classMeans) { sums.classes = ClassStatistics(classes: classes, width: width) }
    if wanted.contains(.normalisedClassMeans) {
      sums.normalisedClasses = ClassStatistics(classes: classes, width: width)
    }
  }

  /// Adds what was kept of other images.
  ///
  /// - Parameter sample: those of them with the smallest keys, as many as are kept here at most.
  mutating func merge(
    sample rows: [RowSample.Row], sums other: Sums, smallestFeature smallest: Float, count images: Int
  ) {
    for row in rows { sample.append(row) }
    sums.merge(other)
    smallestFeature = min(smallestFeature, smallest)
    count += images
  }

  /// - Parameter predicted: ŷ.
  mutating func append(_ row: RowSample.Row, predicted: Int) {
    count += 1
    sample.append(row)
    let (row, truth) = (row.values, row.truth)
    guard let features = layout.range(of: .features) else { return }
    let z = row[features]
    smallestFeature = z.reduce(smallestFeature) { min($0, $1) }
    let values = z.map { Double($0) }
    sums.moments?.append(values)
    sums.classes?.append(values, predicted: predicted, truth: truth)
    guard sums.normalisedMoments != nil || sums.normalisedClasses != nil else { return }
    let unit = FitData.normalised(z)
    sums.normalisedMoments?.append(unit)
    sums.normalisedClasses?.append(unit, predicted: predicted, truth: truth)
  }

  var rows: [RowSample.Row] { sample.rows }
}

extension FeatureTable {
  /// - Parameter block: the one whose norm is taken.
  init(_ rows: [RowSample.Row], layout: TapLayout, classes: Int, block: Block) {
    let features = layout.range(of: .features)
    self.init(classes: classes, featureCount: features?.count ?? 0)
    let logits = layout.range(of: .logits) ?? 0..<0
    let norm = layout.range(of: .featureNorm(block))?.lowerBound
    for row in rows {
      append(
        features: row.values[features ?? 0..<0], logits: row.values[logits],
        norm: norm.map { row.values[$0] } ?? .nan, truth: row.truth)
      for extreme in ChannelExtreme.allCases {
        guard let range = layout.range(of: .channelExtreme(extreme)) else { continue }
        append(extreme, row.values[range])
      }
    }
  }
}

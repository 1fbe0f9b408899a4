/// What is kept of the fit part while it goes by: a bounded sample, and the running sums that scores ask for.
struct FitStatistics {
  /// Running sums in double precision; nil where no score asked.
  struct Sums: Sendable {
    var moments: FeatureMoments?
    var normalisedMoments: FeatureMoments?
    var classes: ClassStatistics?
    var normalisedClasses: ClassStatistics?
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

  /// - Parameter predicted: ŷ.
  mutating func append(_ row: [Float], key: UInt64, predicted: Int, truth: Int?) {
    count += 1
    sample.append(RowSample.Row(key: key, values: row, truth: truth))
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

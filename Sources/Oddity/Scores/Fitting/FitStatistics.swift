/// What is kept of the fit part while it goes by: a bounded sample, and the running sums that scores ask for.
struct FitStatistics {
  private let layout: TapLayout
  private var sample = RowSample(capacity: FitData.sampleSize)
  private(set) var smallestFeature = Float.infinity

  init(_ layout: TapLayout) { self.layout = layout }

  mutating func append(_ row: [Float], key: UInt64, truth: Int?) {
    sample.append(RowSample.Row(key: key, values: row, truth: truth))
    if let range = layout.range(of: .features) {
      smallestFeature = row[range].reduce(smallestFeature) { min($0, $1) }
    }
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
    }
  }
}

import Imaging

/// One image set with what one network said of it.
public struct MeasuredSet: Sendable {
  public let set: ImageSet
  public let measurement: Measurement
  /// Which column holds what.
  let layout: MeasurementLayout
  /// The rows that have values: those that every list below has an entry for, in this order.
  public let rows: [Int]

  init(_ set: ImageSet, _ measurement: Measurement, layout: MeasurementLayout) {
    (self.set, self.measurement, self.layout) = (set, measurement, layout)
    rows = measurement.measuredRows
  }

  /// FeatureNorm of each image at a block, by its position among the network's blocks.
  public func norms(block: Int) -> [Float] { column(block) }

  /// A score of each image; higher is more in-distribution.
  ///
  /// - Parameter block: the one that FeatureNorm is taken of.
  public func scores(_ score: ScoreName, block: Int) -> [Float] {
    column(layout.column(of: score, block: block))
  }

  /// The class that the network gives each image.
  public var predictedClasses: [Int] { column(layout.classColumn).map { Int($0) } }

  /// Where the image of each of `rows` is to be found.
  public struct Image: Sendable {
    public let source: any ImageSource
    /// Its position among the source's items.
    public let position: Int
    /// Which of the set's stretches it stands in.
    public let stretch: Int

    public var item: ImageItem { source.items[position] }
  }

  public var images: [Image] {
    let all = set.stretches.enumerated().flatMap { index, stretch in
      stretch.positions.map { Image(source: stretch.source, position: $0, stretch: index) }
    }
    return rows.map { all[$0] }
  }

  private func column(_ column: Int) -> [Float] {
    let (values, width) = (measurement.values, measurement.columns.count)
    return rows.map { values[$0 * width + column] }
  }
}

/// The columns of a measurement: FeatureNorm of each block, the logit scores, the predicted class; for `id.fit` then
/// the same of each kind of pseudo-OOD images.
struct MeasurementLayout: Sendable {
  let blocks: [Block]
  /// The logit scores.
  let scores: [ScoreName]
  let kinds: [PseudoOOD]

  init(_ probe: ProbeGraph, kinds: [PseudoOOD]) {
    (blocks, scores, self.kinds) = (probe.candidates, probe.scores, kinds)
  }

  /// Columns of one image, without those of its pseudo-OOD images.
  var width: Int { blocks.count + scores.count + 1 }

  var classColumn: Int { width - 1 }

  func column(of score: ScoreName, block: Int) -> Int {
    scores.firstIndex(of: score).map { blocks.count + $0 } ?? block
  }

  func column(_ column: Int, kind: Int) -> Int { (kind + 1) * width + column }

  /// What a measurement's columns are called.
  func names(_ role: ImageSet.Role) -> [String] {
    let own = blocks.map { "featurenorm:\($0.tensor)" } + scores.map(\.rawValue) + ["class"]
    guard role == .fit else { return own }
    return own + kinds.flatMap { kind in own.map { "\(kind.name)/\($0)" } }
  }
}

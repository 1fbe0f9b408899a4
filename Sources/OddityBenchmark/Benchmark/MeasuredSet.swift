import Imaging
import OddityFit

/// One image set with what one network said of it.
package struct MeasuredSet: Sendable {
  package let set: ImageSet
  package let measurement: Measurement
  /// Which column holds what.
  let layout: MeasurementLayout
  /// The rows that have values: those that every list below has an entry for, in this order.
  package let rows: [Int]
  /// The suite's scores of the images, in the suite's order; higher is more in-distribution.
  package private(set) var scores: [[Float]] = []

  init(_ set: ImageSet, _ measurement: Measurement, layout: MeasurementLayout) {
    (self.set, self.measurement, self.layout) = (set, measurement, layout)
    rows = measurement.measuredRows
  }

  /// FeatureNorm of each image at a block, by its position among the network's blocks.
  package func norms(block: Int) -> [Float] {
    let (values, width) = (measurement.values, measurement.columns.count)
    return rows.map { values[$0 * width + block] }
  }

  /// The class that the network gives each image.
  package var predictedClasses: [Int] {
    rows.map { Prediction(logits: measurement.row($0)[in: layout.logits]).classIndex }
  }

  /// The same set with scores, which are computed of what was measured.
  func scored(by runner: ScoreRunner) async throws -> MeasuredSet {
    var scored = self
    scored.scores = try await runner.scores(of: rows.map { measurement.row($0).prefix(layout.width) })
    return scored
  }

  /// Where the image of each of `rows` is to be found.
  package struct Image: Sendable {
    package let source: any ImageSource
    /// Its position among the source's items.
    package let position: Int
    /// Which of the set's stretches it stands in.
    package let stretch: Int

    package var item: ImageItem { source.items[position] }
  }

  package var images: [Image] {
    let all = set.stretches.enumerated().flatMap { index, stretch in
      stretch.positions.map { Image(source: stretch.source, position: $0, stretch: index) }
    }
    return rows.map { all[$0] }
  }
}

/// The columns of a measurement: an image's taps; for `id.fit` then the same of each kind of pseudo-OOD images, last those that are
/// made of a sample alone.
struct MeasurementLayout: Sendable {
  private let taps: TapLayout
  let blocks: [Block]
  let kinds: [PseudoOOD]
  /// Kinds that are made of a sample of the images, behind the others.
  let sampledKinds: [PseudoOOD]

  init(_ run: FitSetup) {
    (taps, blocks) = (run.probe.layout, run.candidates)
    (kinds, sampledKinds) = (run.options.pseudoOOD, run.sampledKinds)
  }

  /// Columns of one image, without those of its pseudo-OOD images.
  var width: Int { taps.width }

  /// Where the logits are.
  var logits: Range<Int> { taps.range(of: .logits) ?? 0..<0 }

  func column(_ column: Int, kind: Int) -> Int { (kind + 1) * width + column }

  /// What a measurement's columns are called.
  func names(_ role: ImageSet.Role) -> [String] {
    let own = taps.columnNames
    guard role == .fit else { return own }
    return own + (kinds + sampledKinds).flatMap { kind in own.map { "\(kind.name)/\($0)" } }
  }
}

extension ArraySlice {
  /// Elements by their places from the slice's beginning.
  fileprivate subscript(in range: Range<Int>) -> ArraySlice {
    self[(startIndex + range.lowerBound)..<(startIndex + range.upperBound)]
  }
}

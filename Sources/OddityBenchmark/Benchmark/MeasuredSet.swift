import Imaging
import OddityFit

/// One image set with its measurement by one network.
package struct MeasuredSet: Sendable {
  package let set: ImageSet
  package let measurement: Measurement
  /// The meaning of each column.
  let layout: MeasurementLayout
  /// The rows that have values. Every list below has one entry for each of them, in this order.
  package let rows: [Int]
  /// The suite's scores of the images, in the suite's order. Higher scores are more in-distribution.
  package private(set) var scores: [[Float]] = []

  init(_ set: ImageSet, _ measurement: Measurement, layout: MeasurementLayout) {
    (self.set, self.measurement, self.layout) = (set, measurement, layout)
    rows = measurement.measuredRows
  }

  /// The FeatureNorm of each image at a block. `block` is its position among the network's blocks.
  package func norms(block: Int) -> [Float] {
    let (values, width) = (measurement.values, measurement.columns.count)
    return rows.map { values[$0 * width + block] }
  }

  /// The class that the network predicts for each image.
  package var predictedClasses: [Int] {
    rows.map { Prediction(logits: measurement.row($0)[in: layout.logits]).classIndex }
  }

  /// The same set with scores that are computed from the measurement.
  func scored(by runner: ScoreRunner) async throws -> MeasuredSet {
    var scored = self
    scored.scores = try await runner.scores(of: rows.map { measurement.row($0).prefix(layout.width) })
    return scored
  }

  /// The location of an image.
  package struct Image: Sendable {
    package let source: any ImageSource
    /// Its position among the source's items.
    package let position: Int
    /// The index of the set's stretch that contains it.
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

/// The columns of a measurement: the taps of an image, and for `id.fit` also the taps of each kind of
/// pseudo-OOD image. The kinds that are made only from a sample come last.
struct MeasurementLayout: Sendable {
  private let taps: TapLayout
  let blocks: [Block]
  let kinds: [PseudoOOD]
  /// The kinds that are made only from a sample of the images. They follow the others.
  let sampledKinds: [PseudoOOD]

  init(_ run: FitSetup) {
    (taps, blocks) = (run.probe.layout, run.candidates)
    (kinds, sampledKinds) = (run.options.pseudoOOD, run.sampledKinds)
  }

  /// The number of columns of one image, without its pseudo-OOD images.
  var width: Int { taps.width }

  /// The columns of the logits.
  var logits: Range<Int> { taps.range(of: .logits) ?? 0..<0 }

  func column(_ column: Int, kind: Int) -> Int { (kind + 1) * width + column }

  /// The names of a measurement's columns.
  func names(_ role: ImageSet.Role) -> [String] {
    let own = taps.columnNames
    guard role == .fit else { return own }
    return own + (kinds + sampledKinds).flatMap { kind in own.map { "\(kind.name)/\($0)" } }
  }
}

extension ArraySlice {
  /// Elements by their offsets from the start of the slice.
  fileprivate subscript(in range: Range<Int>) -> ArraySlice {
    self[(startIndex + range.lowerBound)..<(startIndex + range.upperBound)]
  }
}

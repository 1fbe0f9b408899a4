import Imaging
import OddityModel

/// The in-distribution images of one fit: which of each source, and which part each belongs to.
package struct InDistributionData: Sendable {
  /// One source with the images to use of it.
  package struct Selection: Sendable {
    package let source: any ImageSource
    /// Positions among the source's items.
    package let positions: [Int]
    package let isCalibration: Bool

    package init(source: any ImageSource, positions: [Int], isCalibration: Bool) {
      (self.source, self.positions, self.isCalibration) = (source, positions, isCalibration)
    }
  }

  /// All of the images, those of other shards among them.
  let selections: [Selection]
  package let parts: Parts
  /// Which of the images are observed here.
  let shard: Shard
  private let seed: UInt64

  /// - Parameter limit: a seeded sample of so many images of each ID source, before it is divided into shards.
  init(
    inDistribution: [any ImageSource], calibration: [any ImageSource], limit: Int?, seed: UInt64,
    normRatioImages: NormRatioImages = .fitPart, fitsTemperature: Bool = false, shard: Shard = .whole
  ) {
    let sampled = inDistribution.map { source in
      let ids = source.items.map(\.id)
      let positions = Sample.positions(ids: ids, limit: limit ?? ids.count, seed: seed)
      return Selection(source: source, positions: positions, isCalibration: false)
    }
    let whole = calibration.map { source in
      Selection(source: source, positions: Array(source.items.indices), isCalibration: true)
    }
    selections = sampled + whole
    self.seed = seed
    self.shard = shard
    parts = Parts(
      hasCalibrationSource: !calibration.isEmpty, normRatioImages: normRatioImages,
      fitsTemperature: fitsTemperature)
  }

  package init(selections: [Selection], parts: Parts, seed: UInt64) {
    (self.selections, self.parts, self.seed) = (selections, parts, seed)
    shard = .whole
  }

  /// The sources that do not calibrate.
  var idSources: [any ImageSource] { selections.filter { !$0.isCalibration }.map(\.source) }

  /// This shard of every selection, in their order.
  var share: [Selection] {
    selections.map { selection in
      Selection(
        source: selection.source,
        positions: Array(selection.positions[shard.range(of: selection.positions.count)]),
        isCalibration: selection.isCalibration)
    }
  }

  /// Images of all shards of a part, if all of them can be read.
  package func count(of wanted: Part) -> Int {
    selections.reduce(0) { count, selection in
      count
        + selection.positions.count {
          part(of: selection.source.items[$0].id, isCalibration: selection.isCalibration) == wanted
        }
    }
  }

  /// - Throws: ``OddityError`` `.badData` where no image is left to measure NormRatio on.
  func requireImages() throws(OddityError) {
    let measured = Part.allCases.filter { parts.entersNormRatio($0) }
    guard !measured.contains(where: { count(of: $0) > 0 }) else { return }
    let images = selections.reduce(0) { $0 + ($1.isCalibration ? 0 : $1.positions.count) }
    throw OddityError(
      .badData,
      "no image fell into the part that NormRatio is measured on: a seeded draw deals the images of "
        + "\(.inDistribution) to their parts, and \(images == 1 ? "1 image is" : "\(images) images are") too few, so give more"
    )
  }

  /// By which samples and donors are chosen: the smaller the sooner.
  package func samplingKey(_ id: UInt64) -> UInt64 {
    ImageRandomness(seed: seed, id: id).samplingKey
  }

  /// The part of an image, given whether its source is one of calibration.
  package func part(of id: UInt64, isCalibration: Bool) -> Part {
    let image = ImageRandomness(seed: seed, id: id)
    return isCalibration ? parts.part(ofCalibration: image) : parts.part(of: image)
  }

  /// A selection in up to two, those first whose images need pseudo-OOD images: batches of
  /// pseudo-OOD images are then as large as those of the images, where small ones cost the engine more for each image.
  func byNeedOfPseudoOOD(_ selection: Selection) -> [Selection] {
    let needed = selection.positions.map {
      needsPseudoOOD(
        part(of: selection.source.items[$0].id, isCalibration: selection.isCalibration),
        isCalibration: selection.isCalibration)
    }
    return [true, false].map { isNeeded in
      Selection(
        source: selection.source,
        positions: zip(selection.positions, needed).filter { $0.1 == isNeeded }.map(\.0),
        isCalibration: selection.isCalibration)
    }.filter { !$0.positions.isEmpty }
  }

  /// Whether images of a part are compared with their pseudo-OOD images.
  package func needsPseudoOOD(_ part: Part, isCalibration: Bool) -> Bool {
    !isCalibration && (part == .select || parts.entersNormRatio(part))
  }
}

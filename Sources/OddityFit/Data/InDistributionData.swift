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
  /// Whether other machines have further images.
  let isPart: Bool
  private let seed: UInt64
  /// The largest sampling key of the select images of which all kinds of pseudo-OOD images are made; nil where none are.
  private let largestSampledKey: UInt64?

  /// - Parameters:
  ///   - limit: a seeded sample of so many images of each ID source, before it is divided into shards.
  ///   - sampledKinds: how many kinds of pseudo-OOD images are made of a sample of the select part.
  ///   - isPart: whether other machines have further images: then few of them are no reason to make none.
  init(
    inDistribution: [any ImageSource], calibration: [any ImageSource], limit: Int?, seed: UInt64,
    normRatioImages: NormRatioImages = .fitPart, fitsTemperature: Bool = false, sampledKinds: Int = 0,
    shard: Shard = .whole, isPart: Bool = false
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
    (self.shard, self.isPart) = (shard, isPart)
    parts = Parts(
      hasCalibrationSource: !calibration.isEmpty, normRatioImages: normRatioImages,
      fitsTemperature: fitsTemperature)
    largestSampledKey = Self.largestSampledKey(
      sampled, parts: parts, seed: seed, kinds: sampledKinds, isPart: isPart)
  }

  package init(selections: [Selection], parts: Parts, seed: UInt64, sampledKinds: Int = 0) {
    (self.selections, self.parts, self.seed) = (selections, parts, seed)
    (shard, isPart) = (.whole, false)
    largestSampledKey = Self.largestSampledKey(
      selections.filter { !$0.isCalibration }, parts: parts, seed: seed, kinds: sampledKinds, isPart: false)
  }

  /// All these kinds together cost at most as many passes as there are images.
  private static func largestSampledKey(
    _ selections: [Selection], parts: Parts, seed: UInt64, kinds: Int, isPart: Bool
  ) -> UInt64? {
    guard kinds > 0 else { return nil }
    let ids = selections.flatMap { selection in selection.positions.map { selection.source.items[$0].id } }
    let keys = ids.map { ImageRandomness(seed: seed, id: $0) }.filter { parts.part(of: $0) == .select }
      .map(\.samplingKey).sorted()
    let count = min(FusionRule.imagesPerKind, ids.count / kinds, keys.count)
    let isEnough = keys.count >= FusionRule.leastImages && count >= FusionRule.leastImagesPerKind
    guard isEnough || isPart && count > 0 else { return nil }
    return keys[count - 1]
  }

  /// Whether all kinds of pseudo-OOD images are made of an image.
  package func isSampled(_ id: UInt64, isCalibration: Bool) -> Bool {
    guard let largestSampledKey, !isCalibration, samplingKey(id) <= largestSampledKey else { return false }
    return part(of: id, isCalibration: false) == .select
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
  package func count(of wanted: Part) -> Int { ids(of: wanted).count }

  /// The ids of these images.
  func ids(of wanted: Part) -> [UInt64] {
    selections.flatMap { selection in
      selection.positions.map { selection.source.items[$0].id }
        .filter { part(of: $0, isCalibration: selection.isCalibration) == wanted }
    }
  }

  /// This shard's share of the calibration images with the smallest sampling keys, a selection for each of its share.
  ///
  /// - Parameter count: of these images in all shards.
  func calibrationSample(of count: Int) -> [Selection] {
    let largest = ids(of: .calibrate).map(samplingKey).sorted().prefix(count).last
    return share.map { selection in
      let chosen = selection.positions.filter { position in
        let id = selection.source.items[position].id
        return largest.map { samplingKey(id) <= $0 } ?? false
          && part(of: id, isCalibration: selection.isCalibration) == .calibrate
      }
      return Selection(source: selection.source, positions: chosen, isCalibration: selection.isCalibration)
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

  /// A selection in up to three, those first whose images need the most pseudo-OOD images: batches of
  /// pseudo-OOD images are then as large as those of the images, where small ones cost the engine more for each image.
  func byNeedOfPseudoOOD(_ selection: Selection) -> [Selection] {
    let needs = selection.positions.map { need(of: selection.source.items[$0].id, in: selection) }
    return PseudoOODNeed.allCases.map { wanted in
      Selection(
        source: selection.source,
        positions: zip(selection.positions, needs).filter { $0.1 == wanted }.map(\.0),
        isCalibration: selection.isCalibration)
    }.filter { !$0.positions.isEmpty }
  }

  private func need(of id: UInt64, in selection: Selection) -> PseudoOODNeed {
    if isSampled(id, isCalibration: selection.isCalibration) { return .allKinds }
    let part = part(of: id, isCalibration: selection.isCalibration)
    return needsPseudoOOD(part, isCalibration: selection.isCalibration) ? .askedKinds : .none
  }

  /// Whether images of a part are compared with their pseudo-OOD images.
  package func needsPseudoOOD(_ part: Part, isCalibration: Bool) -> Bool {
    !isCalibration && (part == .select || parts.entersNormRatio(part))
  }
}

/// Which pseudo-OOD images are made of an image; in the order in which images are observed.
enum PseudoOODNeed: UInt8, CaseIterable {
  /// Also those kinds that are made of a sample alone.
  case allKinds
  /// Those that were asked for.
  case askedKinds
  case none
}

import Imaging
import OddityModel

/// The in-distribution images of one fit: which images of each source are used, and which part each belongs
/// to.
package struct InDistributionData: Sendable {
  /// One source with the images to use from it.
  package struct Selection: Sendable {
    package let source: any ImageSource
    /// The positions among the source's items.
    package let positions: [Int]
    package let isCalibration: Bool

    package init(source: any ImageSource, positions: [Int], isCalibration: Bool) {
      (self.source, self.positions, self.isCalibration) = (source, positions, isCalibration)
    }
  }

  /// All images, including those of other shards.
  let selections: [Selection]
  package let parts: Parts
  /// The images that are observed here.
  let shard: Shard
  /// Whether other machines have more images.
  let isPart: Bool
  private let seed: UInt64
  /// The largest sampling key of the select images from which all kinds of pseudo-OOD images are made; nil if
  /// there are none.
  private let largestSampledKey: UInt64?

  /// - Parameters:
  ///   - limit: the size of a random sample of each ID source, drawn with the seed before the source is
  ///     divided into shards.
  ///   - sampledKinds: how many kinds of pseudo-OOD images are made from a sample of the select part.
  ///   - isPart: whether other machines have more images. If so, kinds are made even if there are few images
  ///     here.
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

  /// Limits the sample, so that all these kinds together cost at most as many forward passes as there are
  /// images.
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

  /// Whether all kinds of pseudo-OOD images are made from an image.
  package func isSampled(_ id: UInt64, isCalibration: Bool) -> Bool {
    guard let largestSampledKey, !isCalibration, samplingKey(id) <= largestSampledKey else { return false }
    return part(of: id, isCalibration: false) == .select
  }

  /// The sources that are not used for calibration.
  var idSources: [any ImageSource] { selections.filter { !$0.isCalibration }.map(\.source) }

  /// This shard's part of every selection, in their order.
  var share: [Selection] {
    selections.map { selection in
      Selection(
        source: selection.source,
        positions: Array(selection.positions[shard.range(of: selection.positions.count)]),
        isCalibration: selection.isCalibration)
    }
  }

  /// The number of images of a part in all shards, if all of them can be read.
  package func count(of wanted: Part) -> Int { ids(of: wanted).count }

  /// The ids of the images of a part in all shards.
  func ids(of wanted: Part) -> [UInt64] {
    selections.flatMap { selection in
      selection.positions.map { selection.source.items[$0].id }
        .filter { part(of: $0, isCalibration: selection.isCalibration) == wanted }
    }
  }

  /// This shard's share of the calibration images with the smallest sampling keys, as one selection for each
  /// source.
  ///
  /// - Parameter count: the number of such images in all shards.
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

  /// - Throws: ``OddityError`` `.badData` if no image is left to measure NormRatio on.
  func requireImages() throws(OddityError) {
    let measured = Part.allCases.filter { parts.entersNormRatio($0) }
    guard !measured.contains(where: { count(of: $0) > 0 }) else { return }
    let images = selections.reduce(0) { $0 + ($1.isCalibration ? 0 : $1.positions.count) }
    throw OddityError(
      .badData,
      "the part that NormRatio is measured on has no image: the images of \(.inDistribution) are divided at "
        + "random, and \(images == 1 ? "1 image is" : "\(images) images are") too few: pass more"
    )
  }

  /// The key by which samples and donors are chosen, the smallest first.
  package func samplingKey(_ id: UInt64) -> UInt64 {
    ImageRandomness(seed: seed, id: id).samplingKey
  }

  /// The part of an image, given whether its source is a calibration source.
  package func part(of id: UInt64, isCalibration: Bool) -> Part {
    let image = ImageRandomness(seed: seed, id: id)
    return isCalibration ? parts.part(ofCalibration: image) : parts.part(of: image)
  }

  /// Splits a selection into at most three. The images that need the most pseudo-OOD images come first.
  /// Batches of pseudo-OOD images are then as large as those of the images. Small batches would cost the
  /// engine more per image.
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

  /// Whether images of a part are compared with pseudo-OOD images made from them.
  package func needsPseudoOOD(_ part: Part, isCalibration: Bool) -> Bool {
    !isCalibration && (part == .select || parts.entersNormRatio(part))
  }
}

/// Which pseudo-OOD images are made from an image. The cases are in the order in which images are observed.
enum PseudoOODNeed: UInt8, CaseIterable {
  /// All kinds, including those that are made only from a sample.
  case allKinds
  /// The requested kinds.
  case askedKinds
  case none
}

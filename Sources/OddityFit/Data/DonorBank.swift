import Imaging
import OddityModel

/// The images from which `cutmix`, `mixup` and `amplitude` take content. Each part has its own, so that no
/// part sees content of another.
struct DonorBank: Sendable {
  /// The number of donors of one part.
  static let size = 64

  private let donors: [Part: [Donor]]

  /// No donors, for kinds that do not need any.
  init() {
    donors = [:]
  }

  /// Reads the bank: for every part that gets pseudo-OOD images, the 64 images with the smallest sampling
  /// keys, in the order of their keys. Images with equal keys are in the order of the sources.
  ///
  /// An image that cannot be read or decoded is left out. The pass over the data reports it.
  init(_ data: InDistributionData, pipeline: BatchPipeline) async throws {
    var donors: [Part: [Donor]] = [:]
    for chosen in Self.chosen(data) {
      let length = pipeline.preprocessing.sampleCount
      try await pipeline.run(chosen.source, selecting: chosen.positions) { batch in
        batch.items.indices.map {
          Donor(id: batch.items[$0].id, values: Array(batch.values[$0 * length..<($0 + 1) * length]))
        }
      } consume: { outcome in
        guard case .success(let donor) = outcome.result else { return }
        donors[data.part(of: donor.id, isCalibration: false), default: []].append(donor)
      }
    }
    // The sort keeps images with equal keys in the order of the sources.
    self.donors = donors.mapValues { $0.sorted { data.samplingKey($0.id) < data.samplingKey($1.id) } }
  }

  subscript(part: Part) -> [Donor] { donors[part] ?? [] }

  /// The images of each source that are donors.
  private static func chosen(_ data: InDistributionData) -> [InDistributionData.Selection] {
    var places: [Part: [(key: UInt64, source: Int, position: Int)]] = [:]
    for (source, selection) in data.selections.enumerated() where !selection.isCalibration {
      for position in selection.positions {
        let id = selection.source.items[position].id
        places[data.part(of: id, isCalibration: false), default: []]
          .append((data.samplingKey(id), source, position))
      }
    }
    // The sort keeps images with equal keys in the order of the sources.
    let nearest = places.filter { data.needsPseudoOOD($0.key, isCalibration: false) }.values.flatMap {
      $0.sorted { $0.key < $1.key }.prefix(size)
    }
    return Dictionary(grouping: nearest) { $0.source }.sorted { $0.key < $1.key }.map { source, donors in
      InDistributionData.Selection(
        source: data.selections[source].source, positions: donors.map { $0.position }.sorted(),
        isCalibration: false)
    }
  }
}

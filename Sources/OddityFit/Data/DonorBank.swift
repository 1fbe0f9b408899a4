import Imaging
import OddityModel

/// The images that `cutmix`, `mixup` and `amplitude` take something of: for each part its own, so that no part sees content of another.
struct DonorBank: Sendable {
  /// Donors of one part.
  static let size = 64

  private let donors: [Part: [Donor]]

  /// No donors, for kinds that need none.
  init() {
    donors = [:]
  }

  /// Reads the bank: of every part that gets pseudo-OOD images, those 64 images with the smallest sampling keys,
  /// in the order of their keys; of equal keys, in that of the sources.
  ///
  /// An image that cannot be read or decoded is left out; the pass over the data reports it.
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
    // Sorting leaves those of equal keys in the order of the sources.
    self.donors = donors.mapValues { $0.sorted { data.samplingKey($0.id) < data.samplingKey($1.id) } }
  }

  subscript(part: Part) -> [Donor] { donors[part] ?? [] }

  /// Which images of each source are donors.
  private static func chosen(_ data: InDistributionData) -> [InDistributionData.Selection] {
    var places: [Part: [(key: UInt64, source: Int, position: Int)]] = [:]
    for (source, selection) in data.selections.enumerated() where !selection.isCalibration {
      for position in selection.positions {
        let id = selection.source.items[position].id
        places[data.part(of: id, isCalibration: false), default: []]
          .append((data.samplingKey(id), source, position))
      }
    }
    // Sorting leaves images of equal keys in the order of the sources.
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

import Foundation
import OddityModel

extension FitPart {
  /// What a part holds, before it is a file.
  struct Content {
    let terms: FitTerms
    let shard: Shard
    let listing: String
    let observations: Observations

    /// Writes it; the file is not committed.
    ///
    /// - Throws: ``OddityError`` `.output`.
    func write(to file: AtomicFile) async throws {
      let statistics = observations.statistics
      let summary = Summary(
        terms: terms, shard: shard, listing: listing, fitImages: statistics.count,
        smallestFeature: statistics.smallestFeature.ifFinite, confidence: observations.confidence,
        inputs: observations.inputs)
      try await TensorArchive.write(
        imageArrays + rowArrays + sampleArrays(statistics.rows) + statistics.sums.arrays,
        metadata: [Summary.key: try summary.json()], to: file)
    }

    private var imageArrays: [TensorArchive.Array] {
      let images = observations.images
      return [
        .init(Names.part, images.map { UInt8(Part.allCases.firstIndex(of: $0.part) ?? 0) }),
        .init(Names.isCompared, images.map { UInt8($0.isCompared ? 1 : 0) }),
        .init(Names.selection, images.map(\.selection)),
        .init(Names.position, images.map(\.position)),
        .init(Names.predictedClass, images.map(\.predictedClass)),
        .init(Names.truth, images.map(\.truth)),
        .init(Names.key, images.map(\.key)),
        .init(Names.contentHash, images.map(\.contentHash)),
      ]
    }

    private var rowArrays: [TensorArchive.Array] {
      let temperature = observations.temperature
      return [
        .init(Names.norms, observations.norms.file), .init(Names.select, observations.select),
        .init(Names.calibrate, observations.calibrate),
      ] + (temperature.count > 0 ? [.init(Names.temperature, temperature)] : [])
        + observations.pseudoOOD.enumerated().map { .init(Names.pseudoOOD($0), $1) }
    }

    private func sampleArrays(_ rows: [RowSample.Row]) -> [TensorArchive.Array] {
      [
        .init(Names.sampleKey, rows.map(\.key)), .init(Names.sampleContentHash, rows.map(\.contentHash)),
        .init(Names.sampleTruth, rows.map { Int32($0.truth ?? -1) }),
        .init(
          Names.sampleRows, rows.flatMap(\.values), shape: [rows.count, observations.select.width]),
      ]
    }
  }
}

extension FitStatistics.Sums {
  fileprivate var arrays: [TensorArchive.Array] {
    (moments?.arrays(FitPart.Names.moments) ?? [])
      + (normalisedMoments?.arrays(FitPart.Names.normalisedMoments) ?? [])
      + (classes?.arrays(FitPart.Names.classes) ?? [])
      + (normalisedClasses?.arrays(FitPart.Names.normalisedClasses) ?? [])
  }
}

extension FeatureMoments {
  fileprivate func arrays(_ names: FitPart.Names.Moments) -> [TensorArchive.Array] {
    let all = complete()
    return [
      .init(names.count, [UInt64(all.count)]),
      .init(names.pivot, all.pivot ?? Array(repeating: 0, count: width)), .init(names.sum, all.sum),
      .init(names.scatter, all.scatter, shape: [width, width]),
    ]
  }
}

extension ClassStatistics {
  fileprivate func arrays(_ names: FitPart.Names.Classes) -> [TensorArchive.Array] {
    let sums = zip([names.predicted, names.truth, names.correct], [predicted, truth, correct])
    return [.init(names.unlabelled, [UInt64(unlabelled)])]
      + sums.flatMap { names, sums -> [TensorArchive.Array] in
        [
          .init(names.counts, sums.counts.map { UInt64($0) }),
          .init(names.sums, sums.sums, shape: [sums.counts.count, sums.width]),
        ]
      }
  }
}

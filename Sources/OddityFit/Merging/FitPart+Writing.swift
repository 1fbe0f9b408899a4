import Foundation
import OddityModel

extension FitPart {
  /// The content of a part before it is written.
  struct Content {
    let terms: FitTerms
    let shard: Shard
    let listing: String
    let observations: Observations

    /// Writes the content. The caller commits the file.
    ///
    /// - Throws: ``OddityError`` `.output`.
    func write(to file: AtomicFile) async throws {
      let statistics = observations.statistics
      let summary = Summary(
        terms: terms, shard: shard, listing: listing, fitImages: statistics.count,
        smallestFeature: statistics.smallestFeature.ifFinite, confidence: observations.confidence,
        inputs: observations.inputs, trace: observations.trace)
      try await TensorArchive.write(
        imageArrays + rowArrays + arrays(Names.sample, statistics.rows)
          + observations.sampledKindRows.enumerated().flatMap { arrays(Names.sampledKind($0), $1) }
          + signatureArrays + statistics.sums.arrays,
        metadata: [Summary.key: try summary.json()], to: file)
    }

    private var imageArrays: [TensorArchive.Array] {
      let images = observations.images
      return [
        .init(Names.part, images.map { UInt8(Part.allCases.firstIndex(of: $0.part) ?? 0) }),
        .init(Names.need, images.map(\.need.rawValue)),
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
        .init(Names.norms, observations.norms), .init(Names.select, observations.select),
        .init(Names.calibrate, observations.calibrate),
      ] + (temperature.count > 0 ? [.init(Names.temperature, temperature)] : [])
        + observations.pseudoOOD.enumerated().map { .init(Names.pseudoOOD($0), $1) }
    }

    private var signatureArrays: [TensorArchive.Array] {
      let entries = observations.signatures.entries.sorted { !$0.replays.isEmpty && $1.replays.isEmpty }
      guard let first = entries.first else { return [] }
      let replayed = entries.prefix { !$0.replays.isEmpty }
      let width = first.signature.values.count
      return [
        .init(Names.signatureKeys, entries.map(\.key)),
        .init(Names.signatureClasses, entries.map { Int32($0.signature.classIndex) }),
        .init(Names.signatures, entries.flatMap(\.signature.values), shape: [entries.count, width]),
        .init(
          Names.signatureReplays, replayed.flatMap { $0.replays.flatMap(\.values) },
          shape: [replayed.count, first.replays.count * width]),
        .init(
          Names.signatureReplayClasses, replayed.flatMap { $0.replays.map { Int32($0.classIndex) } },
          shape: [replayed.count, first.replays.count]),
      ]
    }

    private func arrays(_ sample: Names.Sample, _ rows: [RowSample.Row]) -> [TensorArchive.Array] {
      [
        .init(sample.key, rows.map(\.key)), .init(sample.contentHash, rows.map(\.contentHash)),
        .init(sample.truth, rows.map { Int32($0.truth ?? -1) }),
        .init(
          sample.rows, rows.flatMap(\.values), shape: [rows.count, observations.statistics.sampledWidth]),
      ]
    }
  }
}

extension FitStatistics.Sums {
  fileprivate var arrays: [TensorArchive.Array] {
    (plain.moments?.arrays(FitPart.Names.moments) ?? [])
      + (normalised.moments?.arrays(FitPart.Names.normalisedMoments) ?? [])
      + (plain.classes?.arrays(FitPart.Names.classes) ?? [])
      + (normalised.classes?.arrays(FitPart.Names.normalisedClasses) ?? [])
      + (gramRanges?.arrays(FitPart.Names.gramRanges) ?? [])
  }
}

extension FeatureMoments {
  fileprivate func arrays(_ name: String) -> [TensorArchive.Array] {
    let all = complete()
    return [
      .init("\(name).count", [UInt64(all.count)]),
      .init("\(name).pivot", all.pivot ?? Array(repeating: 0, count: width)),
      .init("\(name).sum", all.sum),
      .init("\(name).scatter", all.scatter, shape: [width, width]),
    ]
  }
}

extension ClassStatistics {
  fileprivate func arrays(_ name: String) -> [TensorArchive.Array] {
    [.init("\(name).unlabelled", [UInt64(unlabelled)])] + predicted.arrays("\(name).predicted")
      + truth.arrays("\(name).truth") + correct.arrays("\(name).correct")
  }
}

extension ClassSums {
  fileprivate func arrays(_ name: String) -> [TensorArchive.Array] {
    [
      .init("\(name).counts", counts.map { UInt64($0) }),
      .init("\(name).sums", sums, shape: [counts.count, width]),
    ]
  }
}

extension ClassRanges {
  fileprivate func arrays(_ name: String) -> [TensorArchive.Array] {
    let shape = [counts.count, segments.reduce(0, +)]
    return [
      .init("\(name).counts", counts.map { UInt64($0) }),
      .init("\(name).minima", minima, shape: shape), .init("\(name).maxima", maxima, shape: shape),
    ]
  }
}

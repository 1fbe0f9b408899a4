import Imaging
import OddityScores
import Engines

/// Images ready for the engine: those of one section of a source that could be decoded.
package struct ImageBatch: Sendable {
  package let items: [ImageItem]
  /// The preprocessed images one after another, [N, C, H, W] or [N, H, W, C].
  package let values: [Float]
  /// A hash of each image's content, to find copies of an image; empty if hashes were not requested.
  package let contentHashes: [UInt64]
  /// The positions of images with values that are not finite. Engines treat such values differently.
  let nonFinite: Set<Int>

  package init(
    items: [ImageItem], values: [Float], contentHashes: [UInt64], nonFinite: Set<Int> = []
  ) {
    (self.items, self.values, self.contentHashes) = (items, values, contentHashes)
    self.nonFinite = nonFinite
  }
}

/// Runs the images of a source through a network, batch by batch. Decoding of one batch overlaps with
/// inference of another. Memory is bounded, and results come in the order of the images.
package struct BatchPipeline: Sendable {
  package let preprocessing: ResolvedPreprocessing
  let batchSize: Int
  /// How many batches are read, decoded or computed at once: those in the engine, and as many that are being
  /// decoded.
  let inFlight: Int

  /// Whether batches carry content hashes.
  package var hashesContents = false
  /// The error for pictures; nil if pictures are allowed.
  var refusalOfPictures: ImagingError?
  /// Whether an image fails if its values are not finite.
  package var refusesNonFinite = false

  package init(preprocessing: ResolvedPreprocessing, model: CompiledModel, options: RunOptions) {
    self.preprocessing = preprocessing
    batchSize = options.batchSize(of: model, sampleCount: preprocessing.sampleCount)
    inFlight = options.requests + 2
  }

  /// The result of one image.
  package struct Outcome<Output: Sendable>: Sendable {
    /// The position of the image among the source's items.
    package let position: Int
    package let item: ImageItem
    package let result: Result<Output, ImagingError>
  }

  /// Processes the selected images (all by default).
  ///
  /// - Parameters:
  ///   - isolation: the actor on which `consume` runs.
  ///   - process: computes one output for each image of a batch.
  ///   - consume: receives the outcomes in the order of the images. For an image that cannot be read or
  ///     decoded, the outcome is a failure.
  package func run<Output: Sendable>(
    _ source: any ImageSource, selecting: [Int]? = nil, isolation: isolated (any Actor)? = #isolation,
    process: @escaping @Sendable (ImageBatch) async throws -> [Output],
    consume: (Outcome<Output>) throws -> Void
  ) async throws {
    let reader = try source.reader(selecting: selecting)
    var started = 0
    var emitted = 0
    var waiting: [Int: [Outcome<Output>]] = [:]
    var isAtEnd = false
    try await withThrowingTaskGroup(of: (Int, [Outcome<Output>]).self) { group in
      // Captured so that this closure runs on the caller's actor, as `consume` must.
      _ = isolation
      repeat {
        while !isAtEnd, started - emitted < inFlight {
          let entries = try nextEntries(reader, of: source)
          isAtEnd = entries.count < batchSize
          if entries.isEmpty { break }
          group.addTask { [started] in (started, try await outcomes(of: entries, process: process)) }
          started += 1
        }
        guard let (position, outcomes) = try await group.next() else { break }
        waiting[position] = outcomes
        while let next = waiting.removeValue(forKey: emitted) {
          try next.forEach(consume)
          emitted += 1
        }
      } while true
    }
  }

  private typealias Entry = (position: Int, item: ImageItem, payload: Result<EncodedImage, ImagingError>)

  private func nextEntries(_ reader: any ImageReader, of source: any ImageSource) throws -> [Entry] {
    var entries: [Entry] = []
    while entries.count < batchSize, let (index, payload) = try reader.next() {
      entries.append((index, source.items[index], payload))
    }
    return entries
  }

  private func outcomes<Output: Sendable>(
    of entries: [Entry], process: @Sendable (ImageBatch) async throws -> [Output]
  ) async throws -> [Outcome<Output>] {
    let (batch, failures) = try decode(entries)
    var outputs = batch.items.isEmpty ? [] : try await process(batch)[...]
    return entries.enumerated().map { position, entry in
      Outcome(
        position: entry.position, item: entry.item,
        result: failures[position].map { .failure($0) } ?? .success(outputs.removeFirst()))
    }
  }

  /// Decodes the images that can be decoded, without gaps in the batch. Failures are keyed by position.
  private func decode(_ entries: [Entry]) throws -> (batch: ImageBatch, failures: [Int: ImagingError]) {
    let length = preprocessing.sampleCount
    var failures: [Int: ImagingError] = [:]
    var items: [ImageItem] = []
    var hashes: [UInt64] = []
    var nonFinite: Set<Int> = []
    let values = try [Float](unsafeUninitializedCapacity: entries.count * length) { buffer, count in
      for (position, entry) in entries.enumerated() {
        try Task.checkCancellation()
        let place = UnsafeMutableBufferPointer(rebasing: buffer[count..<count + length])
        do {
          let encoded = try entry.payload.get().loaded()
          if let refusalOfPictures, !encoded.isTensor { throw refusalOfPictures.named(entry.item.name) }
          try preprocessing.apply(encoded, into: place)
          if !encoded.isFinite {
            if refusesNonFinite { throw ImagingError.notFinite(entry.item.name) }
            nonFinite.insert(items.count)
          }
          if hashesContents { hashes.append(try encoded.contentHash()) }
          items.append(entry.item)
          count += length
        } catch let error as ImagingError {
          failures[position] = error
        }
      }
    }
    return (ImageBatch(items: items, values: values, contentHashes: hashes, nonFinite: nonFinite), failures)
  }
}

extension ImagingError {
  /// The same error with the name of an image.
  func named(_ name: String) -> ImagingError {
    ImagingError(code, "'\(name)': \(message)", underlying: underlying)
  }

  fileprivate static func notFinite(_ name: String) -> ImagingError {
    ImagingError(.badSource, "'\(name)' has values that are NaN or infinite; leave it out or correct it")
  }
}

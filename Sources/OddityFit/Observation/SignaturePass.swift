import Engines
import Imaging
import OddityModel

/// A second pass over some calibration images: how they look to the network, and how they would look with
/// each fault.
struct SignaturePass {
  private let setup: FitSetup
  private let runner: ProbeRunner
  private let replays: SignatureReplays
  private let norms: Range<Int>
  private let logits: Range<Int>

  /// - Parameter inputs: the form in which images come.
  init(_ setup: FitSetup, _ runner: ProbeRunner, inputs: FittedInputs?) {
    (self.setup, self.runner) = (setup, runner)
    replays = setup.signatureReplays(inputs)
    norms = 0..<setup.candidates.count
    logits = runner.layout.range(of: .logits) ?? 0..<0
  }

  /// Computes signatures of this shard's share of the calibration images with the smallest keys.
  ///
  /// - Parameter failed: called for every image that cannot be read, even if it was read before, because
  ///   files may vanish.
  func sample(
    _ data: InDistributionData, failed: (ImageItem, ImagingError) -> Void
  ) async throws -> SignatureSample {
    let sizes = SignatureSample.Sizes(images: data.count(of: .calibrate), isPart: data.isPart)
    guard sizes.all > 0 else { return SignatureSample() }
    var sample = SignatureSample()
    let samples = zip(data.calibrationSample(of: sizes.all), data.calibrationSample(of: sizes.replayed))
    for (selection, first) in samples {
      let (chosen, replayed) = (selection.positions, first.positions)
      // Processed separately, so that batches of faulty copies are as large as others.
      for (positions, images) in [
        (replayed, try pictures(of: selection.source, replayed)),
        (chosen.filter { !replayed.contains($0) }, nil),
      ] where !positions.isEmpty {
        try await append(
          selection.source, positions, images: images, keyOf: data.samplingKey, to: &sample, failed: failed)
      }
    }
    return sample
  }

  private func append(
    _ source: any ImageSource, _ positions: [Int], images: [UInt64: EncodedImage]?,
    keyOf: @escaping @Sendable (UInt64) -> UInt64, to sample: inout SignatureSample,
    failed: (ImageItem, ImagingError) -> Void
  ) async throws {
    var pipeline = setup.pipeline(runner.model)
    pipeline.hashesContents = false
    var done = 0
    try await pipeline.run(source, selecting: positions) { batch in
      try await entries(batch, keys: batch.items.map { keyOf($0.id) }, images: images)
    } consume: { outcome in
      done += 1
      setup.options.run.progress(Progress(task: "replaying faults", done: done, total: positions.count))
      switch outcome.result {
      case .success(let entry): sample.append([entry])
      case .failure(let error): failed(outcome.item, error)
      }
    }
  }

  /// The original images by id; empty if no fault needs them.
  private func pictures(of source: any ImageSource, _ positions: [Int]) throws -> [UInt64: EncodedImage] {
    guard replays.needsPictures, !positions.isEmpty else { return [:] }
    var images: [UInt64: EncodedImage] = [:]
    let reader = try source.reader(selecting: positions)
    while let (position, payload) = try reader.next() {
      // An image that cannot be read is reported when its tensor is made.
      if let image = try? payload.get().loaded() { images[source.items[position].id] = image }
    }
    return images
  }

  /// - Parameter images: the original images of the batch by id; nil if no fault is replayed.
  private func entries(
    _ batch: ImageBatch, keys: [UInt64], images: [UInt64: EncodedImage]?
  ) async throws -> [SignatureSample.Entry] {
    let own = try await signatures(batch.values, count: keys.count)
    guard let images else {
      return zip(keys, own).map { SignatureSample.Entry(key: $0, signature: $1, replays: []) }
    }
    let length = runner.shape.count
    let levels = keys.indices.map { replays.levels(batch.values[$0 * length..<($0 + 1) * length]) }
    var faulty: [[ImageSignature]] = Array(repeating: [], count: keys.count)
    for replay in replays.replays {
      let copies = try keys.indices.flatMap { row in
        try replays.input(levels[row], of: images[batch.items[row].id], with: replay)
      }
      let found = try await signatures(copies, count: keys.count)
      for (row, signature) in found.enumerated() { faulty[row].append(signature) }
    }
    return keys.indices.map {
      SignatureSample.Entry(key: keys[$0], signature: own[$0], replays: faulty[$0])
    }
  }

  private func signatures(_ values: [Float], count: Int) async throws -> [ImageSignature] {
    let length = runner.shape.count
    return try await runner.rows(values, count: count).enumerated().map { row, observed in
      replays.form.signature(
        tensor: values[row * length..<(row + 1) * length], norms: observed[norms], logits: observed[logits])
    }
  }
}

extension FitSetup {
  /// - Parameter inputs: the form in which images come.
  func signatureReplays(_ inputs: FittedInputs?) -> SignatureReplays {
    SignatureReplays(
      preprocessing, blocks: candidates.count, classes: classifier.classes, arrays: inputs?.onlyArrays,
      arePictures: inputs?.arePictures ?? false)
  }
}

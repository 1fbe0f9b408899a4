import Imaging
import OddityModel
import Engines

/// The outputs of the probe graph for one in-distribution image.
package struct Observation: Sendable {
  package let part: Part
  /// The outputs for the image, in the order of the layout.
  package let values: [Float]
  /// The outputs for its pseudo-OOD images, one row for each kind; empty if none were needed.
  package let pseudo: [[Float]]
  /// The outputs for the kinds that are made only from a sample; empty for an image that is not in the
  /// sample.
  package let sampled: [[Float]]
  package let contentHash: UInt64

  package init(part: Part, values: [Float], pseudo: [[Float]], sampled: [[Float]] = [], contentHash: UInt64) {
    (self.part, self.values, self.pseudo, self.contentHash) = (part, values, pseudo, contentHash)
    self.sampled = sampled
  }
}

/// Runs batches through the probe graph, and also the pseudo-OOD images of those images that need some.
///
/// Each kind has its own forward pass over a batch of the same size, so memory does not grow with the number
/// of kinds.
package struct ProbeRunner: Sendable {
  let model: CompiledModel
  let outputs: [String]
  /// How the outputs form an image's row.
  let layout: TapLayout
  private(set) var kinds: [PseudoOOD]
  /// The kinds that are made only from a sample of the images.
  let sampledKinds: [PseudoOOD]
  let shape: ImageShape
  let sampleShape: [Int]
  let seed: UInt64
  let donors: DonorBank
  /// nil if jigsaws are made here.
  private(set) var paired: PairedProbe?

  /// - Parameters:
  ///   - part: the part of each image, by its id.
  ///   - needsPseudoOOD: whether images of a part are compared with pseudo-OOD images made from them.
  ///   - isSampled: whether an image is in the sample.
  package func observe(
    _ batch: ImageBatch, part: @Sendable (UInt64) -> Part, needsPseudoOOD: @Sendable (Part) -> Bool,
    isSampled: @Sendable (UInt64) -> Bool = { _ in false }
  ) async throws -> [Observation] {
    let parts = batch.items.map { part($0.id) }
    let positions = parts.indices.filter { needsPseudoOOD(parts[$0]) }
    // Within a batch, either all images need them or none does.
    let paired = positions.count == parts.count ? paired : nil
    let values: [[Float]]
    var known: [PseudoOOD: [[Float]]] = [:]
    if let paired {
      let both = try await paired.run(batch, sampleShape: sampleShape, seed: seed)
      values = try rows(both.images, count: parts.count)
      known[paired.kind] = try rows(both.jigsaws, count: parts.count)
    } else {
      values = try await rows(batch.values, count: parts.count)
    }
    let pseudo = try await rows(of: kinds, batch, at: positions, parts: parts, known: known)
    let sampled = try await rows(
      of: sampledKinds, batch, at: parts.indices.filter { isSampled(batch.items[$0].id) }, parts: parts)
    return parts.indices.map {
      Observation(
        part: parts[$0], values: values[$0], pseudo: pseudo[$0], sampled: sampled[$0],
        contentHash: batch.contentHashes[$0])
    }
  }

  /// Measures the fastest batch size of the device. If the device makes the jigsaws, it measures pairs.
  func measureBatch(by options: RunOptions, on engine: Engine, images: Int) async throws {
    let used = paired?.model ?? model
    try await options.measureBatch(of: used, on: engine, sample: sampleShape, images: images)
    model.keep(measuredBatch: used.measuredBatch)
  }

  /// This runner, if its paired graph and two separate passes agree on seeded pictures. Otherwise a runner
  /// that makes the jigsaws itself.
  ///
  /// - Parameters:
  ///   - pictures: some pictures, as many as the engine takes at once.
  ///   - tolerance: relative to the size of each output.
  func checked(on pictures: ImageBatch, tolerance: Float) async throws -> ProbeRunner {
    guard let paired else { return self }
    var alone = self
    alone.paired = nil
    var (one, other) = (self, alone)
    (one.kinds, other.kinds) = ([paired.kind], [paired.kind])
    let (rows, others) = (try await one.rows(of: pictures), try await other.rows(of: pictures))
    return layout.agree(rows, others, tolerance: tolerance) ? self : alone
  }

  /// For each picture its own row and those of its pseudo-OOD images.
  private func rows(of pictures: ImageBatch) async throws -> [[Float]] {
    try await observe(pictures, part: { _ in .select }, needsPseudoOOD: { _ in true }).flatMap {
      [$0.values] + $0.pseudo
    }
  }

  /// For each image of the batch, the rows of its pseudo-OOD images of some kinds; empty for other positions.
  ///
  /// - Parameter known: rows that are already measured, one for each position.
  private func rows(
    of kinds: [PseudoOOD], _ batch: ImageBatch, at positions: [Int], parts: [Part],
    known: [PseudoOOD: [[Float]]] = [:]
  ) async throws -> [[[Float]]] {
    var pseudo: [[[Float]]] = Array(repeating: [], count: parts.count)
    for kind in kinds where !positions.isEmpty {
      let measured: [[Float]]
      if let rows = known[kind] {
        measured = rows
      } else {
        let images = try pseudoOOD(kind, of: batch, at: positions, parts: parts)
        measured = try await rows(images, count: positions.count)
      }
      for (position, row) in zip(positions, measured) { pseudo[position].append(row) }
    }
    return pseudo
  }

  /// The pseudo-OOD images of one kind, one after another.
  private func pseudoOOD(
    _ kind: PseudoOOD, of batch: ImageBatch, at positions: [Int], parts: [Part]
  ) throws -> [Float] {
    var pseudo = Array(repeating: Float.zero, count: positions.count * shape.count)
    try pseudo.withUnsafeMutableBufferPointer { pseudo in
      try batch.values.withUnsafeBufferPointer { values in
        for (place, position) in positions.enumerated() {
          let id = batch.items[position].id
          let image = SourceImage(
            values: UnsafeBufferPointer(rebasing: values[shape.range(ofImage: position)]), shape: shape,
            id: id,
            random: ImageRandomness(seed: seed, id: id), donors: donors[parts[position]])
          try kind.transform.write(
            image, into: UnsafeMutableBufferPointer(rebasing: pseudo[shape.range(ofImage: place)]))
        }
      }
    }
    return pseudo
  }

  /// The outputs, one row for each image.
  func rows(_ values: [Float], count: Int) async throws -> [[Float]] {
    try rows(await model.infer(values, shape: [count] + sampleShape, outputs: outputs), count: count)
  }

  private func rows(_ tensors: [String: OutputTensor], count: Int) throws -> [[Float]] {
    let columns = try zip(outputs, layout.widths).map { try tensors.floats($0, images: count, width: $1) }
    return (0..<count).map { image in
      var row: [Float] = []
      row.reserveCapacity(layout.width)
      for (values, width) in zip(columns, layout.widths) {
        row += values[image * width..<(image + 1) * width]
      }
      return row
    }
  }
}

/// The sum of a classifier's confidence on images whose true class is known, separately for calibration
/// images and others.
struct ConfidenceSums: Codable, Sendable, Equatable {
  private var id = 0.0
  private var calibration = 0.0

  /// - Parameter confidence: the confidence on one image. If it is not a number (a logit is NaN), it counts
  ///   as zero.
  mutating func append(_ confidence: Double, part: Part) {
    guard confidence.isFinite else { return }
    if part.isHeldOut { calibration += confidence } else { id += confidence }
  }

  mutating func append(_ other: ConfidenceSums) {
    id += other.id
    calibration += other.calibration
  }

  /// The mean over this number of images.
  func mean(ofCalibration: Bool, images: Int) -> Double {
    (ofCalibration ? calibration : id) / Double(images)
  }
}

import Imaging
import OpenVINORuntime

/// What the probe graph said of one in-distribution image.
struct Observation: Sendable {
  let part: Part
  /// The probe graph's outputs for the image.
  let values: [Float]
  /// The same for its jigsaw; `nil` where none was needed.
  let pseudo: [Float]?
  let contentHash: UInt64
}

/// Runs batches through the probe graph, and the jigsaws of those images that need one.
struct ProbeRunner: Sendable {
  let model: CompiledModel
  let outputs: [String]
  let jigsaw: Jigsaw
  let shape: ImageShape
  let sampleShape: [Int]
  let seed: UInt64

  /// - Parameters:
  ///   - part: the part of each image.
  ///   - needsJigsaw: whether images of a part are compared with their jigsaws.
  func observe(
    _ batch: ImageBatch, part: @Sendable (ImageRandomness) -> Part, needsJigsaw: @Sendable (Part) -> Bool
  ) async throws -> [Observation] {
    let random = batch.items.map { ImageRandomness(seed: seed, id: $0.id) }
    let parts = random.map(part)
    let cut = parts.indices.filter { needsJigsaw(parts[$0]) }
    let pseudoValues = try jigsaws(of: batch, at: cut, random: random)
    let values = try await rows(batch.values, count: parts.count)
    let pseudoRows = cut.isEmpty ? [] : try await rows(pseudoValues, count: cut.count)
    let pseudo = Dictionary(uniqueKeysWithValues: zip(cut, pseudoRows))
    return parts.indices.map {
      Observation(
        part: parts[$0], values: values[$0], pseudo: pseudo[$0], contentHash: batch.contentHashes[$0])
    }
  }

  private func jigsaws(
    of batch: ImageBatch, at positions: [Int], random: [ImageRandomness]
  ) throws -> [Float] {
    try [Float](unsafeUninitializedCapacity: positions.count * shape.count) { target, count in
      try batch.values.withUnsafeBufferPointer { source in
        for position in positions {
          let start = position * shape.count
          try jigsaw.apply(
            from: UnsafeBufferPointer(rebasing: source[start..<start + shape.count]),
            into: UnsafeMutableBufferPointer(rebasing: target[count..<count + shape.count]),
            shape: shape, permutation: random[position].permutation(count: jigsaw.tileCount))
          count += shape.count
        }
      }
    }
  }

  /// The outputs, image by image.
  private func rows(_ values: [Float], count: Int) async throws -> [[Float]] {
    let tensors = try await model.infer(values, shape: [count] + sampleShape, outputs: outputs)
    let columns = try outputs.map { try tensors.floats($0, images: count) }
    return (0..<count).map { image in columns.map { $0[image] } }
  }
}

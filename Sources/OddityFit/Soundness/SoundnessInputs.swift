import Imaging
import OddityModel
import Engines

/// Three of the seeded pictures with which guarded models are verified, the most varied ones.
struct SoundnessInputs: Sendable {
  private static let pictures = [15, 11, 7]

  private let values: [Float]
  private let sampleShape: [Int]
  private let sampleCount: Int

  init(_ preprocessing: ResolvedPreprocessing, seed: UInt64) {
    let pictures = VerificationInputs(channels: preprocessing.mean.count, seed: seed)
    values = pictures.values(preprocessing, of: Self.pictures)
    (sampleShape, sampleCount) = (preprocessing.sampleShape, preprocessing.sampleCount)
  }

  /// The pictures that share a batch. Both pictures that are also computed alone get neighbours here.
  ///
  /// - Parameter batch: the fixed batch size of the network; `nil` if it takes any number.
  func company(in batch: Int?) -> [Int] { Array([1, 0, 2].prefix(batch ?? .max)) }

  /// Two pictures, or one if the network takes only one, as images of a source.
  func batch(in size: Int?) -> ImageBatch {
    let pictures = Array([0, 1].prefix(size ?? .max))
    return ImageBatch(
      items: pictures.map { ImageItem(named: "picture \($0)") },
      values: Array(values.prefix(pictures.count * sampleCount)), contentHashes: pictures.map { UInt64($0) })
  }

  /// A model's outputs for pictures in one batch.
  func rows(
    _ pictures: [Int], by model: CompiledModel, outputs: [CheckedOutput]
  ) async throws -> SoundnessRows {
    let batch = pictures.flatMap { values[$0 * sampleCount..<($0 + 1) * sampleCount] }
    let tensors = try await model.infer(
      batch, shape: [pictures.count] + sampleShape, outputs: outputs.map(\.name))
    return SoundnessRows(
      pictures: pictures,
      columns: try outputs.map { try tensors.floats($0.name, images: pictures.count, width: $0.width) })
  }
}

/// The outputs of some pictures.
struct SoundnessRows: Sendable {
  private(set) var pictures: [Int]
  /// For each output, the pictures' values one after another.
  private(set) var columns: [[Float]]

  /// The values of one output for the picture at a position.
  func values(_ output: Int, at position: Int) -> ArraySlice<Float> {
    let width = columns[output].count / pictures.count
    return columns[output][position * width..<(position + 1) * width]
  }

  func followed(by others: SoundnessRows) -> SoundnessRows {
    var all = self
    all.pictures += others.pictures
    for output in columns.indices { all.columns[output] += others.columns[output] }
    return all
  }
}

import Imaging
import OddityScores
import Engines

extension Detector {
  /// The same detector with another receiver of progress.
  package func telling(_ progress: @escaping @Sendable (Progress) -> Void) -> Detector {
    var detector = self
    detector.options.progress = progress
    return detector
  }

  /// Scores images that are already preprocessed and lie one after another in the caller's memory, in their
  /// order. The engine reads the values in place, and works on several batches at once.
  ///
  /// - Parameters:
  ///   - values: [images, …] in the layout of the network's input, whole images.
  ///   - consume: receives each image's row and result.
  /// - Throws: the engine's errors; `badSource` if the network's input takes integers and a value is not one;
  ///   `CancellationError`.
  nonisolated(nonsending) package func score(
    tensors values: BorrowedValues, consume: (_ row: Int, _ image: ScoredImage) -> Void
  ) async throws {
    let length = guarded.metadata.preprocessing.sampleCount
    precondition(values.count % length == 0, "values that are no whole images")
    let total = values.count / length
    try await measureBatch(images: total)
    let batchSize = options.batchSize(of: model, sampleCount: length)
    var starts = stride(from: 0, to: total, by: batchSize).makeIterator()
    var done = 0
    try await withThrowingTaskGroup(of: (Int, [ScoredImage]).self) { group in
      func addNext() {
        guard let start = starts.next() else { return }
        let end = min(start + batchSize, total)
        group.addTask { (start, try await batch(values[start * length..<end * length], images: end - start)) }
      }
      for _ in 0..<options.requests { addNext() }
      while let (start, images) = try await group.next() {
        addNext()
        for (offset, image) in images.enumerated() { consume(start + offset, image) }
        done += images.count
        options.progress(Progress(task: "scoring", done: done, total: total))
      }
    }
  }

  private func batch(_ values: BorrowedValues, images: Int) async throws -> [ScoredImage] {
    let length = values.count / images
    try guarded.metadata.preprocessing.check(values.buffer)
    let nonFinite = (0..<images).filter { image in
      !values[image * length..<(image + 1) * length].buffer.allSatisfy(\.isFinite)
    }
    let outputs = try await outputs(of: values, images: images)
    return scoredImages(
      [ImageItem](repeating: Self.nameless, count: images), nonFinite: Set(nonFinite), outputs)
  }

  private static let nameless = ImageItem(named: "")
}

import Imaging
import Oddity

/// Assesses batches by a network of its own, which measures norms; it is compiled when the first batch comes.
actor Assessor {
  private let detector: Detector
  private var measuring: Task<Detector, any Error>?
  /// Of images that are assessed now.
  nonisolated let gate: Gate

  /// - Parameter images: so many may be assessed at once.
  init(_ detector: Detector, images: Int) {
    self.detector = detector
    gate = Gate(capacity: images)
  }

  /// The detector that measures norms, compiled on a thread that may block.
  func network(_ threads: BlockingThreads) async throws -> Detector {
    let task =
      measuring ?? Task { [detector] in try await threads.run { try detector.measuringNorms() } }
    measuring = task
    do {
      return try await task.value
    } catch {
      measuring = nil
      throw error
    }
  }
}

extension ServedModel {
  /// What the images of one request say together.
  ///
  /// - Throws: ``Problem`` 413 where there are too many, 422 where there are too few, 503 where others are assessed.
  func assess(_ images: [EncodedImage], gates: AssessmentGates) async throws -> Assessment {
    try limits.check(images: images.count)
    return try await assessor.gate.pass(images.count) {
      var inputs: [Result<Detector.Input, ImagingError>] = []
      for (position, image) in images.enumerated() { inputs.append(try await input(image, at: position)) }
      let network = try await assessor.network(decoding)
      let batch = try await network.observe(inputs)
      return try await decoding.run {
        do {
          return try network.assessment(of: batch, gates: gates)
        } catch let error as OddityError where [.badData, .badModel].contains(error.code) {
          throw Problem(.unprocessableContent, error.message)
        }
      }
    }
  }
}

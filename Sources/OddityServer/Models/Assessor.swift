import Imaging
import Oddity

/// Assesses batches with a network of its own, which also measures norms. The first batch compiles it.
actor Assessor {
  private let detector: Detector
  private var measuring: Task<Detector, any Error>?
  /// Counts the images that are being assessed.
  nonisolated let gate: Gate

  /// - Parameter images: how many images may be assessed at once.
  init(_ detector: Detector, images: Int) {
    self.detector = detector
    gate = Gate(capacity: images)
  }

  /// The detector that measures norms. It is compiled on a thread that may block.
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
  /// Assesses the images of one request together.
  ///
  /// - Throws: ``Problem`` 413 if there are too many images, 422 if there are too few, 503 if another
  ///   assessment is running.
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

import Imaging
import Oddity

/// Assesses batches by a network of its own, which measures norms; it is compiled when the first batch comes.
actor Assessor {
  private let detector: Detector
  private var measuring: Detector?

  init(_ detector: Detector) { self.detector = detector }

  /// One batch after another.
  func assess(_ images: [EncodedImage], gates: AssessmentGates) async throws -> Assessment {
    let measuring = try self.measuring ?? detector.measuringNorms()
    self.measuring = measuring
    var source = MemorySource()
    for (position, image) in images.enumerated() {
      source.append(image, named: image.name ?? "image \(position)")
    }
    return try await measuring.assess(source, gates: gates)
  }
}

extension ServedModel {
  /// What the images of one request say together.
  ///
  /// - Throws: ``Problem`` 413 where there are too many, 503 where the queue is full; as ``Detector/assess(_:gates:failed:)``.
  func assess(_ images: [EncodedImage], gates: AssessmentGates) async throws -> Assessment {
    try limits.check(images: images.count)
    return try await queue.pass(images.count) {
      do {
        return try await assessor.assess(images, gates: gates)
      } catch let error as OddityError where [.badData, .badModel].contains(error.code) {
        throw Problem(.unprocessableContent, error.message)
      }
    }
  }
}

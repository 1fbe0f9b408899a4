import Imaging
import Oddity

extension ServedModel {
  /// Scores encoded images as one request holds them, in their order.
  ///
  /// - Parameter source: the stream that they belong to.
  /// - Returns: a failure for what cannot be decoded, or is too large.
  /// - Throws: ``Problem`` 503 where the queue is full.
  func score(
    _ images: [EncodedImage], names: [String], source: StreamName, limits: ServerLimits
  ) async throws -> [Result<Detector.Answer, ImagingError>] {
    let start = ContinuousClock.now
    guard images.count <= limits.imagesInRequest else {
      throw Problem(
        .contentTooLarge,
        "the request has \(images.count) images, but at most \(limits.imagesInRequest) are taken: send several requests"
      )
    }
    try drift?.check(source)
    let results = try await queue.pass(images.count) {
      try await decodeAndScore(images, names: names, limits: limits)
    }
    let scored = zip(images, results).compactMap { image, result in (try? result.get()).map { (image, $0) } }
    record(scored.map(\.1), images: scored.map(\.0), source: source, within: start.duration(to: .now))
    return results
  }

  private func record(
    _ answers: [Detector.Answer], images: [EncodedImage], source: StreamName, within duration: Duration
  ) {
    drift?.observe(answers.map(\.image.score), of: source)
    metrics.scored(images: answers.count, outliers: answers.count(where: \.image.isOutlier), model: name)
    activity.add(
      answers, images: images, source: source, within: duration, preprocessing: metadata.preprocessing)
  }

  private func decodeAndScore(
    _ images: [EncodedImage], names: [String], limits: ServerLimits
  ) async throws -> [Result<Detector.Answer, ImagingError>] {
    try await withThrowingTaskGroup(of: (Int, Result<Detector.Answer, ImagingError>).self) { group in
      for (position, (image, name)) in zip(images, names).enumerated() {
        group.addTask {
          switch input(image, name: name, limits: limits) {
          case .success(let input): (position, .success(try await batcher.score(input)))
          case .failure(let error): (position, .failure(error))
          }
        }
      }
      var results = [Result<Detector.Answer, ImagingError>?](repeating: nil, count: images.count)
      for try await (position, result) in group { results[position] = result }
      return results.compactMap { $0 }
    }
  }

  private func input(
    _ image: EncodedImage, name: String, limits: ServerLimits
  ) -> Result<Detector.Input, ImagingError> {
    Result { () throws(ImagingError) in
      try detector.input(image, name: name, maximumPixels: limits.pixels)
    }
  }
}

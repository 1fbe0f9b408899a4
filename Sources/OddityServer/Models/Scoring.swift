import Imaging
import Logging
import Oddity

/// The images that a request wants scored.
struct ScoringJob: Sendable {
  /// At least one image.
  let images: [EncodedImage]
  /// The stream of the images, if they belong to one.
  let source: StreamName?
  /// The logger of the request.
  let logger: Logger
}

extension ServedModel {
  /// Scores the images of one request, in their order.
  ///
  /// - Returns: for each image an answer, or a failure if it cannot be decoded or is too large.
  /// - Throws: ``Problem`` 413 if there are too many images, 503 if the queue is full.
  func score(_ job: ScoringJob) async throws -> [Result<Detector.Answer, ImagingError>] {
    let start = ContinuousClock.now
    try limits.check(images: job.images.count)
    let results = try await queue.pass(job.images.count) { try await decodeAndScore(job) }
    let scored = zip(job.images, results).compactMap { image, result in
      if case .success(let answer) = result { (image, answer) } else { nil }
    }
    if !scored.isEmpty {
      await record(scored.map(\.1), images: scored.map(\.0), of: job, within: start.duration(to: .now))
    }
    return results
  }

  private func record(
    _ answers: [Detector.Answer], images: [EncodedImage], of job: ScoringJob, within duration: Duration
  ) async {
    metrics.scored(images: answers.count, outliers: answers.count(where: \.image.isOutlier), model: name)
    activity.add(answers, within: duration)
    if let position = answers.firstIndex(where: \.image.isOutlier) {
      await activity.keep(
        answers[position].image, as: images[position], source: job.source?.description ?? "none",
        preprocessing: metadata.preprocessing, decoding: decoding)
    }
    if let webhook {
      for (answer, image) in zip(answers, images) where answer.image.isOutlier {
        webhook.tell(answer.image, model: name, source: job.source?.description, name: image.name)
      }
    }
    if let drift, let source = job.source {
      watch(answers, drift, source, job.logger)
    }
  }

  private func watch(
    _ answers: [Detector.Answer], _ drift: DriftMonitor, _ source: StreamName, _ logger: Logger
  ) {
    switch drift.observe(answers.map(\.image.score), of: source) {
    case .watched: break
    case .alarmed(let state):
      webhook?.tell(state, model: name, source: source.description)
      logger.warning(
        "drift: the images of this source are no longer like the calibration images",
        metadata: [
          "model": "\(name)", "source": "\(source)", "images": .stringConvertible(state.images),
          "log_wealth": .stringConvertible(state.logWealth),
        ])
    case .unwatched:
      metrics.leftUnwatched(images: answers.count, model: name)
      logger.notice(
        "this source is not watched, because as many as \(.streams) allows are watched already",
        metadata: ["model": "\(name)", "source": "\(source)"])
    }
  }

  private func decodeAndScore(_ job: ScoringJob) async throws -> [Result<Detector.Answer, ImagingError>] {
    try await withThrowingTaskGroup(of: (Int, Result<Detector.Answer, ImagingError>).self) { group in
      for (position, image) in job.images.enumerated() {
        group.addTask {
          switch try await input(image, at: position) {
          case .success(let input): (position, .success(try await batcher.score(input)))
          case .failure(let error): (position, .failure(error))
          }
        }
      }
      var results = [Result<Detector.Answer, ImagingError>?](repeating: nil, count: job.images.count)
      for try await (position, result) in group { results[position] = result }
      return results.compactMap { $0 }
    }
  }

  func input(
    _ image: EncodedImage, at position: Int
  ) async throws -> Result<Detector.Input, ImagingError> {
    try await decoding.run {
      Result { () throws(ImagingError) in
        try detector.input(image, name: image.name ?? "image \(position)", maximumPixels: limits.pixels)
      }
    }
  }
}

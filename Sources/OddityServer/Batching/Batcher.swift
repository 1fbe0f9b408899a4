import Oddity

/// Joins the images of many requests into batches for the engine.
///
/// An image waits at most `maxDelay` for others, and only until `maxBatch` images are there. While the engine
/// is busy with as many batches as it runs at once, images keep waiting and batches fill up.
actor Batcher {
  private struct Waiting {
    let input: Detector.Input
    let since: ContinuousClock.Instant
    let answer: CheckedContinuation<Detector.Answer, any Error>
  }

  private let detector: Detector
  private let maxBatch: Int
  private let maxDelay: Duration
  /// Called for each batch with the number of images and the time that the engine took.
  private let onBatch: @Sendable (Int, Duration) -> Void
  private var waiting: [Waiting] = []
  private var running = 0

  /// The number of batches that run at the same time.
  private static let mostRunning = 2
  private var timer: Task<Void, Never>?

  init(
    _ detector: Detector, limits: ServerLimits,
    onBatch: @escaping @Sendable (Int, Duration) -> Void = { _, _ in }
  ) {
    (self.detector, self.onBatch) = (detector, onBatch)
    (maxBatch, maxDelay) = (min(limits.maxBatch, detector.fixedBatch ?? .max), limits.maxDelay)
  }

  /// - Throws: the engine's errors.
  func score(_ input: Detector.Input) async throws -> Detector.Answer {
    try await withCheckedThrowingContinuation { continuation in
      waiting.append(Waiting(input: input, since: .now, answer: continuation))
      schedule()
    }
  }

  /// Starts the batches that may start now. Otherwise makes sure that this is called again.
  private func schedule() {
    while running < Self.mostRunning, let first = waiting.first,
      waiting.count >= maxBatch || first.since.duration(to: .now) >= maxDelay
    {
      start(Array(waiting.prefix(maxBatch)))
    }
    guard running < Self.mostRunning, let first = waiting.first, timer == nil else { return }
    let deadline = first.since.advanced(by: maxDelay)
    timer = Task {
      try? await Task.sleep(until: deadline, tolerance: .zero)
      timer = nil
      schedule()
    }
  }

  private func start(_ batch: [Waiting]) {
    waiting.removeFirst(batch.count)
    running += 1
    Task {
      do {
        let began = ContinuousClock.now
        let answers = try await detector.score(batch.map(\.input))
        onBatch(batch.count, began.duration(to: .now))
        // Every image waits for its own answer. With one answer too few, a request would wait for ever.
        precondition(answers.count == batch.count, "a detector answers for every image")
        for (one, answer) in zip(batch, answers) { one.answer.resume(returning: answer) }
      } catch {
        for one in batch { one.answer.resume(throwing: error) }
      }
      running -= 1
      schedule()
    }
  }
}

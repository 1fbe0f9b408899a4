import Oddity

/// Joins the images of many requests into batches of the engine.
///
/// An image waits for `maxDelay` at most for others to join it, and no longer than until `maxBatch` are there. While the engine
/// has as much as it computes at once, images wait and batches fill up.
actor Batcher {
  private struct Waiting {
    let input: Detector.Input
    let since: ContinuousClock.Instant
    let answer: CheckedContinuation<Detector.Answer, any Error>
  }

  private let detector: Detector
  private let maxBatch: Int
  private let maxDelay: Duration
  /// Told of each batch: how many images, and how long the engine took.
  private let onBatch: @Sendable (Int, Duration) -> Void
  private var waiting: [Waiting] = []
  private var running = 0

  /// Batches that are computed at once.
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

  /// Starts what may start now; else sees to it that somebody looks again.
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
        // Each waits for an answer of its own: one too few would leave a request waiting for ever.
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

import Oddity

/// Joins the images of many requests into batches of the engine.
///
/// An image waits for `maxDelay` at most for others to join it, and no longer than until `maxBatch` are there. While the engine
/// has as much as it computes at once, images wait and batches fill up.
actor Batcher {
  struct Limits: Sendable {
    /// Images in a batch.
    var maxBatch: Int
    var maxDelay: Duration
    /// Batches that are computed at once.
    var running = 2
  }

  private struct Waiting {
    let input: Detector.Input
    let since: ContinuousClock.Instant
    let answer: CheckedContinuation<Detector.Answer, any Error>
  }

  private let detector: Detector
  private let limits: Limits
  /// Told of each batch: how many images, and how long the engine took.
  private let onBatch: @Sendable (Int, Duration) -> Void
  private var waiting: [Waiting] = []
  private var running = 0
  private var timer: Task<Void, Never>?

  init(
    _ detector: Detector, limits: Limits, onBatch: @escaping @Sendable (Int, Duration) -> Void = { _, _ in }
  ) {
    (self.detector, self.limits, self.onBatch) = (detector, limits, onBatch)
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
    while running < limits.running, let first = waiting.first,
      waiting.count >= limits.maxBatch || first.since.duration(to: .now) >= limits.maxDelay
    {
      start(Array(waiting.prefix(limits.maxBatch)))
    }
    guard running < limits.running, let first = waiting.first, timer == nil else { return }
    let deadline = first.since.advanced(by: limits.maxDelay)
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

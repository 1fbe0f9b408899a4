import Logging
import Oddity
import ServiceLifecycle

/// Saves changed streams every second and when the server stops.
struct StreamKeeper: Service {
  let models: [ServedModel]
  let store: StreamStore
  let logger: Logger

  private static let interval = Duration.seconds(1)

  /// - Throws: ``OddityError`` `.output` where the last save fails.
  func run() async throws {
    await cancelWhenGracefulShutdown {
      while (try? await Task.sleep(for: Self.interval)) != nil { _ = await failureOfSaving() }
    }
    if let failure = await failureOfSaving() { throw failure }
  }

  /// Saves the streams of all models.
  private func failureOfSaving() async -> OddityError? {
    var failure: OddityError?
    for model in models {
      if let drift = model.drift { failure = await failureOfSaving(drift, of: model.name) ?? failure }
    }
    return failure
  }

  /// If saving fails, for example because the disk is full, logs it and saves the changes later.
  private func failureOfSaving(_ drift: DriftMonitor, of model: String) async -> OddityError? {
    let changes = drift.takeChanges()
    guard !changes.isEmpty else { return nil }
    do {
      try await BlockingThreads.storage.run { try store.save(changes, of: model, drift.calibration) }
      return nil
    } catch let failure as OddityError {
      drift.putBack(changes)
      logger.error("streams were not saved", metadata: ["model": "\(model)", "error": "\(failure)"])
      return failure
    } catch {
      // The server is stopping and will save everything once more.
      drift.putBack(changes)
      return nil
    }
  }
}

import Logging
import Oddity
import ServiceLifecycle

/// Saves streams that have changed, every second and when the server stops.
struct StreamKeeper: Service {
  let models: [ServedModel]
  let store: StreamStore
  let logger: Logger

  private static let interval = Duration.seconds(1)

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while (try? await Task.sleep(for: Self.interval)) != nil { await saveAll() }
    }
    await saveAll()
  }

  private func saveAll() async {
    for model in models {
      if let drift = model.drift { await save(drift, of: model.name) }
    }
  }

  /// A disk that is full or gone is logged; what was not saved is saved later.
  private func save(_ drift: DriftMonitor, of model: String) async {
    let changes = drift.takeChanges()
    guard !changes.isEmpty else { return }
    do {
      try await BlockingThreads.storage.run { try store.save(changes, of: model, drift.calibration) }
    } catch is CancellationError {
      // The server stops, and all is saved once more.
      drift.putBack(changes)
    } catch {
      drift.putBack(changes)
      logger.error("streams were not saved", metadata: ["model": "\(model)", "error": "\(error)"])
    }
  }
}

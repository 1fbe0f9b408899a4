import Logging
import Oddity
import ServiceLifecycle

/// Saves streams that have changed, every second and when the server stops.
struct StreamKeeper: Service {
  let shelf: ModelShelf
  let store: StreamStore
  let logger: Logger

  private static let interval = Duration.seconds(1)

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        try? await Task.sleep(for: Self.interval)
        save()
      }
    }
    save()
  }

  /// A disk that is full or gone is logged; what was not saved is saved later.
  func save() {
    let changed = shelf.models.flatMap { model in
      (model.drift?.takeChanged() ?? []).map { place, name, stream in
        KeptStream(
          model: model.name, calibration: model.drift?.calibration.identity ?? "", place: place, name: name, stream: stream)
      }
    }
    guard !changed.isEmpty else { return }
    do {
      try store.save(changed)
    } catch {
      for model in shelf.models {
        model.drift?.putBack(changed.filter { $0.model == model.name }.map(\.name))
      }
      logger.error("streams were not saved", metadata: ["error": "\(error)"])
    }
  }
}

import ServiceLifecycle
import Synchronization

/// Whether the server takes new work.
///
/// Told to stop, it says no at once and waits for a while, so that a load balancer notices before connections are closed.
final class Readiness: Service {
  private let value = Atomic(true)
  private let notice: Duration

  /// - Parameter notice: how long requests are still taken after it says no.
  init(notice: Duration) { self.notice = notice }

  var isReady: Bool { value.load(ordering: .acquiring) }

  func run() async throws {
    try? await gracefulShutdown()
    value.store(false, ordering: .releasing)
    try? await Task.sleep(for: notice)
  }
}

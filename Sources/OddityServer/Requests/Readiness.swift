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

  /// - Throws: ``Problem`` 503 where it does not.
  func check() throws(Problem) {
    guard value.load(ordering: .acquiring) else {
      throw Problem(.serviceUnavailable, "the server is shutting down")
    }
  }

  func run() async throws {
    try? await gracefulShutdown()
    value.store(false, ordering: .releasing)
    try? await Task.sleep(for: notice)
  }
}

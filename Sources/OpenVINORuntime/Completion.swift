import COpenVINO
import Synchronization

/// Resumes the task that waits for a request, from the engine's thread.
final class Completion: Sendable {
  typealias Waiter = CheckedContinuation<Void, any Error>

  /// What to register with the engine, which keeps this very pointer: it is valid as long as the object.
  nonisolated(unsafe) let callback: UnsafeMutablePointer<ov_callback_t>

  private let waiter = Mutex<Waiter?>(nil)

  init() {
    callback = .allocate(capacity: 1)
    callback.initialize(
      to: ov_callback_t(
        callback_func: { argument in
          guard let argument else { return }
          Unmanaged<Completion>.fromOpaque(argument).takeUnretainedValue().finish(.success(()))
        }, args: Unmanaged.passUnretained(self).toOpaque()))
  }

  deinit { callback.deallocate() }

  /// Names the task that the next `finish` resumes.
  func expect(_ continuation: Waiter) {
    waiter.withLock { $0 = continuation }
  }

  /// Resumes that task, once: a second call for the same run does nothing.
  func finish(_ result: Result<Void, any Error>) {
    let waiting = waiter.withLock { waiter in
      defer { waiter = nil }
      return waiter
    }
    waiting?.resume(with: result)
  }
}

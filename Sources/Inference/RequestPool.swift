import Foundation
import Synchronization

/// The requests of one compiled model. Each is lent to one task at a time, in the order of arrival.
package final class RequestPool: Sendable {
  private typealias Waiter = CheckedContinuation<any InferenceRequest, any Error>

  private struct State {
    var free: [any InferenceRequest]
    var waiting: [(id: UUID, waiter: Waiter)] = []
  }

  private let state: Mutex<State>

  package init(_ requests: [any InferenceRequest]) { state = Mutex(State(free: requests)) }

  /// Waits for a free request, which the caller must give back. Throws `CancellationError` if the task is
  /// cancelled meanwhile.
  package func take() async throws -> any InferenceRequest {
    let id = UUID()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { enter($0, id: id) }
    } onCancel: {
      cancel(id: id)
    }
  }

  package func giveBack(_ request: any InferenceRequest) {
    let waiter: Waiter? = state.withLock { state in
      if state.waiting.isEmpty {
        state.free.append(request)
        return nil
      }
      return state.waiting.removeFirst().waiter
    }
    waiter?.resume(returning: request)
  }

  private func enter(_ waiter: Waiter, id: UUID) {
    let result: Result<any InferenceRequest, any Error>? = state.withLock { state in
      // This check is done under the lock. A cancellation therefore comes either before it, or after the
      // waiter is listed.
      if Task.isCancelled { return .failure(CancellationError()) }
      if let request = state.free.popLast() { return .success(request) }
      state.waiting.append((id, waiter))
      return nil
    }
    if let result { waiter.resume(with: result) }
  }

  private func cancel(id: UUID) {
    let waiter: Waiter? = state.withLock { state in
      guard let index = state.waiting.firstIndex(where: { $0.id == id }) else { return nil }
      return state.waiting.remove(at: index).waiter
    }
    waiter?.resume(throwing: CancellationError())
  }
}

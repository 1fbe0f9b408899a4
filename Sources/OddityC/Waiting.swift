import COddity
import Foundation
import Synchronization

/// Runs asynchronous work for a caller that waits. On the caller's own thread it reports events to the
/// listener, and runs the caller's functions.
struct Waiting {
  let listener: oddity_listener?
  let context: UnsafeMutableRawPointer?

  /// The longest time between two calls of the listener.
  private static let pause = 0.1

  /// - Throws: what `work` throws; ``Failure`` with ODDITY_CANCELLED if the listener cancelled it.
  func run<Result: Sendable>(_ work: @escaping @Sendable (Events) async throws -> Result) throws -> Result {
    ProcessOfLibrary.begin()
    let events = Events(keepsThem: listener != nil)
    let outcome = Outcome<Result>()
    let task = Task.detached {
      do {
        outcome.set(.success(try await Events.$current.withValue(events) { try await work(events) }))
      } catch {
        outcome.set(.failure(error))
      }
      events.end()
    }
    var goesOn = true
    var isDone = false
    while !isDone {
      isDone = events.wait(seconds: listener == nil ? nil : Self.pause)
      for errand in events.takeErrands() { errand(goesOn) }
      guard goesOn else { continue }
      goesOn = tell(events.take())
      if !goesOn { task.cancel() }
    }
    guard goesOn else {
      throw Failure(status: Int32(ODDITY_CANCELLED), name: "cancelled", message: "cancelled by the caller")
    }
    return try outcome.get()
  }

  /// - Returns: whether the listener wants the work to go on.
  private func tell(_ events: [Events.Event]) -> Bool {
    guard let listener else { return true }
    guard !events.isEmpty else {
      var nothing = oddity_event(text: nil, done: 0, total: 0)
      return listener(&nothing, context) == 0
    }
    return events.allSatisfy { event in
      event.text.withCString { text in
        var event = oddity_event(text: text, done: Int64(event.done), total: Int64(event.total))
        return listener(&event, context) == 0
      }
    }
  }
}

/// The events since the caller was last informed.
final class Events: Sendable {
  struct Event {
    let text: String
    /// Out of `total`; 0 for a message.
    var done = 0
    var total = 0
  }

  /// Work for the caller's thread. Its argument tells whether the call continues.
  typealias Errand = @Sendable (_ goesOn: Bool) -> Void

  private struct State {
    var events: [Event] = []
    var errands: [Errand] = []
    var isDone = false
  }

  /// The events of the call on whose behalf the current task works.
  @TaskLocal static var current: Events?

  private let keepsThem: Bool
  private let state = Mutex(State())
  private let changed = DispatchSemaphore(value: 0)

  init(keepsThem: Bool) { self.keepsThem = keepsThem }

  func add(_ event: Event) {
    guard keepsThem else { return }
    state.withLock { state in
      // Of several steps of a task, only the last one matters.
      if event.total > 0, let last = state.events.last, last.total > 0, last.text == event.text {
        state.events.removeLast()
      }
      state.events.append(event)
    }
  }

  func end() {
    state.withLock { $0.isDone = true }
    changed.signal()
  }

  /// Runs work on the caller's thread, and waits until it is done.
  ///
  /// - Throws: what `work` throws; `CancellationError` if the listener has ended the call.
  func onCallersThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value
  {
    try await withCheckedThrowingContinuation { continuation in
      give { goesOn in
        continuation.resume(with: goesOn ? Result(catching: work) : .failure(CancellationError()))
      }
    }
  }

  /// The same, but blocks the current thread. If no task works in the call, it runs the work itself.
  static func blockingOnCallersThread(_ work: @escaping @Sendable () throws -> Void) throws {
    guard let events = current else { return try work() }
    let outcome = Outcome<Void>()
    let isDone = DispatchSemaphore(value: 0)
    events.give { goesOn in
      outcome.set(goesOn ? Result(catching: work) : .failure(CancellationError()))
      isDone.signal()
    }
    isDone.wait()
    try outcome.get()
  }

  private func give(_ errand: @escaping Errand) {
    state.withLock { $0.errands.append(errand) }
    changed.signal()
  }

  /// Waits for the end, for work on this thread, or for some time.
  ///
  /// - Returns: whether the end is reached.
  func wait(seconds: Double?) -> Bool {
    _ = changed.wait(timeout: seconds.map { .now() + $0 } ?? .distantFuture)
    return state.withLock { $0.isDone }
  }

  func takeErrands() -> [Errand] {
    state.withLock { state in
      defer { state.errands = [] }
      return state.errands
    }
  }

  func take() -> [Event] {
    state.withLock { state in
      defer { state.events = [] }
      return state.events
    }
  }
}

/// The result of the work.
private final class Outcome<Value: Sendable>: Sendable {
  private let result = Mutex<Result<Value, any Error>?>(nil)

  func set(_ result: Result<Value, any Error>) { self.result.withLock { $0 = result } }

  func get() throws -> Value {
    guard let result = result.withLock({ $0 }) else { preconditionFailure("asked before the work was done") }
    return try result.get()
  }
}

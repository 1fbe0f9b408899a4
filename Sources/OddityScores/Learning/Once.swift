import Synchronization

/// A value that is made when it is first asked for, and is then the same for all copies of what holds it.
final class Once<Value: Sendable>: Sendable {
  private let made = Mutex<Value?>(nil)

  /// - Parameter make: always makes the same value.
  func value(_ make: () -> Value) -> Value {
    made.withLock { made in
      if let made { return made }
      let value = make()
      made = value
      return value
    }
  }
}

import CVips

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// libvips keeps one error text for the whole process, into which every thread writes.
///
/// So decoding runs in parallel with no look at the text. What failed is repeated with all others kept out,
/// and the text is then that failure's own.
enum VipsErrorText {
  private final class Lock: @unchecked Sendable {
    let handle: UnsafeMutablePointer<pthread_rwlock_t>

    init() {
      handle = .allocate(capacity: 1)
      handle.initialize(to: pthread_rwlock_t())
      pthread_rwlock_init(handle, nil)
    }

    deinit {
      pthread_rwlock_destroy(handle)
      handle.deallocate()
    }
  }

  private static let lock = Lock()

  /// Runs `body` while others may run too.
  static func sharing<Value>(_ body: () -> Value) -> Value {
    pthread_rwlock_rdlock(lock.handle)
    defer { pthread_rwlock_unlock(lock.handle) }
    return body()
  }

  /// Runs `body` while nobody else does, and returns what libvips reported, on one line.
  static func alone<Value>(_ body: () -> Value) -> (Value, String) {
    pthread_rwlock_wrlock(lock.handle)
    defer { pthread_rwlock_unlock(lock.handle) }
    cvips_clear_error()
    let value = body()
    let text = String(cString: cvips_error()).split(whereSeparator: \.isNewline).joined(separator: "; ")
    cvips_clear_error()
    return (value, text)
  }
}

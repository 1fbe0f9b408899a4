import COddity
import Synchronization

/// The objects for which callers hold handles. Numbers are never reused, so that a released handle is
/// recognised.
enum Handles {
  private struct Table {
    var next: oddity_handle = 1
    var objects: [oddity_handle: any Sendable] = [:]
  }

  private static let table = Mutex(Table())

  static func add(_ object: any Sendable) -> oddity_handle {
    table.withLock { table in
      defer { table.next += 1 }
      table.objects[table.next] = object
      return table.next
    }
  }

  /// The object of a handle. It lives as long as the result is used, even if the handle is released
  /// meanwhile.
  ///
  /// - Throws: ``Failure`` if the number is not a handle of such an object.
  static func object<Object: Sendable>(_ handle: oddity_handle, as type: Object.Type = Object.self) throws
    -> Object
  {
    guard let object = table.withLock({ $0.objects[handle] }) else { throw unknown(handle) }
    guard let object = object as? Object else {
      throw Failure(
        status: Int32(ODDITY_BAD_HANDLE), name: "badHandle",
        message: "the handle \(handle) belongs to another kind of object: pass the handle of a \(type)")
    }
    return object
  }

  /// - Throws: ``Failure`` if the number is not a handle.
  static func remove(_ handle: oddity_handle) throws {
    // Releasing the object may take time, so it happens outside the lock.
    let object = table.withLock { $0.objects.removeValue(forKey: handle) }
    if object == nil { throw unknown(handle) }
  }

  private static func unknown(_ handle: oddity_handle) -> Failure {
    Failure(
      status: Int32(ODDITY_BAD_HANDLE), name: "badHandle",
      message: "\(handle) is not a valid handle: it was released, or never existed")
  }
}

/// A result of any length.
typealias Bytes = [UInt8]

extension UnsafeMutablePointer<oddity_handle>? {
  /// Gives the caller a handle for an object.
  func receive(_ object: some Sendable, _ name: String) throws {
    try required(self, name).pointee = Handles.add(object)
  }
}

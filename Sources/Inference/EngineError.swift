import Foundation

/// Why the engine could not do what was requested. If a task is cancelled while it waits for a free request,
/// it throws `CancellationError` instead.
public struct EngineError: LocalizedError, Sendable, CustomStringConvertible {
  public enum Code: Sendable {
    /// No usable library of the engine was found.
    case engineMissing
    /// The engine has no such device, or cannot use it.
    case badDevice
    /// The bytes are not a model, or contain an element that the engine cannot compile.
    case modelRejected
    /// The processor does not support the requested precision natively.
    case unsupportedPrecision
    /// A compiled model failed during a run.
    case inferenceFailed
    /// The values do not fit the model's input.
    case shapeMismatch
    /// The model has no output with the requested name, or the type of its elements cannot be read.
    case unreadableOutput
  }

  public let code: Code
  /// States what is wrong and what to do.
  public let message: String
  /// The whole message of the engine or the loader, if there was one.
  public let underlying: String?
  /// Whether a batch did not fit into the memory of the system or of a device.
  public let isOutOfMemory: Bool

  /// The message, for `localizedDescription`.
  public var errorDescription: String? { description }

  public var description: String { message }

  package init(_ code: Code, _ message: String, underlying: String? = nil) {
    let tellsOfMemory = Self.tellsOfMemory(message)
    // If memory runs out while a model is compiled, the model itself is not wrong.
    self.code = tellsOfMemory && code == .modelRejected ? .inferenceFailed : code
    isOutOfMemory = tellsOfMemory && code == .inferenceFailed
    self.message =
      switch (tellsOfMemory, code) {
      case (true, .inferenceFailed): "\(message): batches of fewer images need less memory"
      case (true, .modelRejected): "\(message): give the process more memory"
      default: message
      }
    self.underlying = underlying
  }

  /// Whether an engine reports that the memory of the system or of a device is used up.
  private static func tellsOfMemory(_ message: String) -> Bool {
    ["failed to allocate", "out of memory", "bad_alloc", "bad allocation"].contains {
      message.range(of: $0, options: .caseInsensitive) != nil
    }
  }
}

import Foundation

/// What can be wrong with an ONNX model, in words that name the offender and say what to do.
public struct GraphError: LocalizedError, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable {
    /// The file cannot be opened or read.
    case unreadable
    /// The bytes are no ONNX model, or only part of one.
    case notONNX
    /// Sound ONNX that cannot be edited here (an old operator set, local functions that recurse).
    case unsupported
    /// External data that is missing, too short, or outside the model's folder.
    case externalData
    /// A tensor that was asked for by name does not exist.
    case noSuchTensor
    /// The nodes' wiring contradicts itself (a cycle, two nodes that write one tensor).
    case invalidGraph
  }

  public let code: Code
  public let message: String
  public let underlying: (any Error)?

  public init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
    (self.code, self.message, self.underlying) = (code, message, underlying)
  }

  /// What `localizedDescription` says: the same sentence.
  public var errorDescription: String? { description }

  public var description: String { message }
}

/// Has the errors of what only knows a graph name the model first.
func naming<Result>(_ model: String, _ body: () throws(GraphError) -> Result) throws(GraphError) -> Result {
  do {
    return try body()
  } catch {
    throw GraphError(error.code, "\(model): \(error.message)", underlying: error.underlying)
  }
}

/// The system's words for why a file could not be read or written, such as "no such file or directory": Foundation's own
/// are a dump of many lines.
package func systemReason(_ error: any Error) -> String {
  let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error
  let cause = (underlying ?? error) as NSError
  guard cause.domain == NSPOSIXErrorDomain else { return "it is no readable file" }
  return String(cString: strerror(Int32(cause.code))).lowercased()
}

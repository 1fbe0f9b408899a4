import Foundation

/// An error of an ONNX model. Its message names the offender and says what to do.
public struct GraphError: LocalizedError, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable {
    /// The file cannot be opened or read.
    case unreadable
    /// The bytes are not an ONNX model, or only part of one.
    case notONNX
    /// Valid ONNX that cannot be edited here (an old operator set, local functions that recurse).
    case unsupported
    /// External data that is missing, too short, or outside the model's folder.
    case externalData
    /// A tensor that was requested by name does not exist.
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

  /// The same sentence, for `localizedDescription`.
  public var errorDescription: String? { description }

  public var description: String { message }
}

/// Adds the name of the model to errors that only know a graph.
func naming<Result>(_ model: String, _ body: () throws(GraphError) -> Result) throws(GraphError) -> Result {
  do {
    return try body()
  } catch {
    throw GraphError(error.code, "\(model): \(error.message)", underlying: error.underlying)
  }
}

/// The system's reason why a file could not be read or written, such as "no such file or directory".
/// Foundation's own descriptions have many lines.
package func systemReason(_ error: any Error) -> String {
  let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error
  let cause = (underlying ?? error) as NSError
  guard cause.domain == NSPOSIXErrorDomain else { return "it is not a readable file" }
  return String(cString: strerror(Int32(cause.code))).lowercased()
}

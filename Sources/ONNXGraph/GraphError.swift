import Foundation

/// What can be wrong with an ONNX model, in words that name the offender and say what to do.
///
/// The file cannot be read, is no ONNX model or only part of one, keeps weights where they cannot be had, is wired in
/// contradiction to itself, or asks for what cannot be done here.
public struct GraphError: LocalizedError, Sendable, CustomStringConvertible {
  public let message: String
  public let underlying: (any Error)?

  public init(_ message: String, underlying: (any Error)? = nil) {
    self.message = message
    self.underlying = underlying
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
    throw GraphError("\(model): \(error.message)", underlying: error.underlying)
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

import Foundation

/// The system's words for why a file could not be read or written, such as "no such file or directory": Foundation's own
/// are a dump of many lines.
package func systemReason(_ error: any Error) -> String {
  let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error
  let cause = (underlying ?? error) as NSError
  guard cause.domain == NSPOSIXErrorDomain else { return "it is no readable file" }
  return String(cString: strerror(Int32(cause.code))).lowercased()
}

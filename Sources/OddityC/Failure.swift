import COddity
import Imaging
import Oddity
import OddityCommand
import ONNXGraph
import Engines

/// The error with which a function of the C interface ends.
struct Failure: Error {
  let status: Int32
  var name = ""
  let message: String

  static func usage(_ message: String) -> Failure {
    Failure(status: Int32(ODDITY_USAGE), name: "usage", message: message)
  }

  init(status: Int32, name: String = "", message: String) {
    (self.status, self.name, self.message) = (status, name, message)
  }

  /// An error of the layers below, with the status that the command would exit with.
  init(_ error: any Error) {
    if let failure = error as? Failure {
      self = failure
      return
    }
    let stop = error as? Stop ?? Stop(error)
    self.init(
      status: stop.status.rawValue, name: Self.name(of: error) ?? "\(stop.status)",
      message: Self.sentence(of: stop.message ?? ""))
  }

  /// The message without the lines of help and usage that the argument parser adds for users of a shell.
  private static func sentence(of message: String) -> String {
    String(message.prefix { $0 != "\n" })
  }

  private static func name(of error: any Error) -> String? {
    switch error {
    case let error as OddityError: error.code.rawValue
    case let error as ImagingError: error.code.rawValue
    case let error as GraphError: error.code.rawValue
    case let error as EngineError: "\(error.code)"
    default: nil
    }
  }

  /// Writes the error for the caller.
  func write(to error: UnsafeMutablePointer<oddity_error>?) -> Int32 {
    guard let error else { return status }
    error.pointee.status = status
    withUnsafeMutableBytes(of: &error.pointee.name) { Self.copy(name, to: $0) }
    withUnsafeMutableBytes(of: &error.pointee.message) { Self.copy(FileName.shownOnOneLine(message), to: $0) }
    return status
  }

  /// As much of a text as fits before a zero byte, in whole characters.
  private static func copy(_ text: String, to place: UnsafeMutableRawBufferPointer) {
    var bytes = Array(text.utf8.prefix(place.count - 1))
    while String(validating: bytes, as: UTF8.self) == nil { bytes.removeLast() }
    place.copyBytes(from: bytes + [0])
  }
}

/// Does the work of one function of the C interface. Fails in a forked process, because threads of the
/// library do not exist there.
func attempt(_ error: UnsafeMutablePointer<oddity_error>?, _ body: () throws -> Void) -> Int32 {
  do {
    try ProcessOfLibrary.check()
    try body()
    return Int32(ODDITY_OK)
  } catch let failure {
    return Failure(failure).write(to: error)
  }
}

/// Checks a pointer that the caller must pass.
func required<Pointer>(_ pointer: Pointer?, _ name: String) throws -> Pointer {
  guard let pointer else { throw Failure.usage("\(name) is NULL") }
  return pointer
}

/// Checks a text that the caller must pass. File names are bytes.
func requiredText(_ text: UnsafePointer<CChar>?, _ name: String) throws -> String {
  CommandRunner.arguments([try required(text, name)])[0]
}

/// Checks an array of texts that the caller must pass, unless it is empty.
func requiredTexts(_ texts: UnsafePointer<UnsafePointer<CChar>?>?, count: Int, _ name: String) throws
  -> [String]
{
  guard count >= 0 else { throw Failure.usage("\(name) has a count of \(count): it cannot be negative") }
  guard count > 0 else { return [] }
  let place = try required(texts, name)
  return try (0..<count).map { try requiredText(place[$0], "\(name)[\($0)]") }
}

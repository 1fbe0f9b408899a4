import COpenVINO
import Foundation
import Inference

/// OpenVINO's library, opened once per process. It is never closed, because its threads outlive any engine.
///
/// Unchecked, because the table is filled before the value is published and is only read afterwards.
/// OpenVINO's functions may be called from any thread.
final class OpenVINOLibrary: @unchecked Sendable {
  let table: oddity_openvino_t
  /// For example "2026.4.1-22982-…".
  let version: String
  let path: String

  private static let opened = Result { () throws(EngineError) in
    try OpenVINOLibrary(candidates: LibrarySearch.openVINO.candidates())
  }

  /// The library of this process. The first call opens it.
  static func shared() throws(EngineError) -> OpenVINOLibrary { try opened.get() }

  /// Opens the first of `candidates` that the loader accepts.
  init(candidates: [String]) throws(EngineError) {
    let library = try SharedLibrary(candidates, title: "OpenVINO", advice: Self.advice)
    var table = oddity_openvino_t()
    if let missing = oddity_openvino_resolve(library.handle, &table) {
      throw EngineError(
        .engineMissing, "the OpenVINO library found lacks \(String(cString: missing)): \(Self.advice)")
    }
    self.table = table
    version = try Self.version(table)
    path = library.path(of: unsafeBitCast(table.ov_core_create, to: UnsafeRawPointer.self))
  }

  /// Version 2025.0 numbers the element types differently from the headers of this build, which would corrupt
  /// memory.
  private static let oldestSupported = [2025, 1]
  static let advice = """
    run Scripts/setup, install OpenVINO 2025.1 or later (pip install openvino), or set \(LibrarySearch.openVINO.variable) to \
    the path of libopenvino_c
    """

  private static func version(_ table: oddity_openvino_t) throws(EngineError) -> String {
    var version = ov_version_t()
    guard table.ov_get_openvino_version(&version) == OK, let number = version.buildNumber else {
      throw EngineError(.engineMissing, "the OpenVINO library does not report its version: \(advice)")
    }
    defer { table.ov_version_free(&version) }
    let text = String(cString: number)
    guard isSupported(text) else {
      throw EngineError(.engineMissing, "OpenVINO \(text) is too old: \(advice)")
    }
    return text
  }

  /// Whether a version such as "2026.4.1-22982-…" is new enough.
  static func isSupported(_ version: String) -> Bool {
    let numbers = version.prefix { $0 != "-" }.split(separator: ".").prefix(2).map { Int($0) ?? 0 }
    return !numbers.lexicographicallyPrecedes(oldestSupported)
  }

  /// Throws if `status` is not `OK`. The error is `context`, followed by the engine's own message, shortened.
  func check(
    _ status: ov_status_e, _ code: EngineError.Code, _ context: @autoclosure () -> String
  ) throws(EngineError) {
    guard status != OK else { return }
    let whole = lastMessage ?? "OpenVINO status \(status.rawValue)"
    throw EngineError(code, "\(context()): \(EngineMessage.essential(of: whole))", underlying: whole)
  }

  /// The handle that `create` writes. Throws the same errors as `check`.
  func handle(
    _ code: EngineError.Code, _ context: @autoclosure () -> String,
    _ create: (UnsafeMutablePointer<OpaquePointer?>) -> ov_status_e
  ) throws(EngineError) -> OpaquePointer {
    var pointer: OpaquePointer?
    try check(create(&pointer), code, context())
    guard let pointer else { throw EngineError(code, "\(context()): OpenVINO gave no handle") }
    return pointer
  }

  /// The text of the last failure in this process. OpenVINO keeps only one text. If two threads fail at the
  /// same time, one may report the text of the other.
  private var lastMessage: String? {
    guard let text = table.ov_get_last_err_msg() else { return nil }
    defer { table.ov_free(text) }
    return String(cString: text)
  }
}

extension LibrarySearch {
  /// `Scripts/setup` unpacks the version in the first name.
  static var openVINO: LibrarySearch {
    #if os(macOS)
      let names = ["libopenvino_c.2641.dylib", "libopenvino_c.dylib"]
    #else
      let names = ["libopenvino_c.so.2641", "libopenvino_c.so"]
    #endif
    return LibrarySearch(
      variable: "ODDITY_OPENVINO_LIBRARY", names: names, developmentFolder: ".build-engine/lib")
  }
}

/// An object of the engine. Subclasses free it in `deinit`.
class Handle {
  let library: OpenVINOLibrary
  let pointer: OpaquePointer

  init(_ library: OpenVINOLibrary, _ pointer: OpaquePointer) {
    self.library = library
    self.pointer = pointer
  }
}

/// Shortens OpenVINO's error texts. They contain several lines of source locations and failed checks around
/// the line with the reason.
enum EngineMessage {
  /// The lines of `text` that contain the reason, joined by "; ".
  ///
  /// Lines about OpenVINO's own source files, headings and references to its documentation are left out. If
  /// nothing remains, the result is the last line that contains text.
  static func essential(of text: String) -> String {
    let lines = text.split(whereSeparator: \.isNewline).map(trimmed).filter { !$0.isEmpty }
    let telling = lines.filter { line in !noise.contains { line.hasPrefix($0) } }
    // An unsupported operator is the cause. The other conversion errors follow from it.
    let causes = telling.filter { $0.hasPrefix(missingOperator) }
    let chosen = telling.isEmpty ? lines.suffix(1) : (causes.isEmpty ? telling : causes).prefix(maximumLines)
    let text = chosen.joined(separator: "; ")
    return text.count <= maximumLength ? text : text.prefix(maximumLength) + "…"
  }

  private static let missingOperator = "No conversion rule found for operations:"

  private static let maximumLines = 3
  private static let maximumLength = 400

  private static let noise = [
    "Exception from", "Check '", "FrontEnd API failed", "Model wasn't fully converted", "Summary:",
    "To facilitate the conversion", "While validating", "-- Conversion is failed for",
    "Encountered unconverted operation(s) for which",
  ]

  private static func trimmed(_ line: Substring) -> String {
    let line = line.drop(while: \.isWhitespace)
    let isListed = line.hasPrefix("-- ") && !line.hasPrefix("-- Conversion")
    return line.dropFirst(isListed ? 3 : 0).trimmingCharacters(in: .whitespaces)
  }
}
